// Bundles src/ into ../static (committed, so that installing needs no Node). Fails when a file outgrows its budget:
// they travel in every comm_open. `--check` compares instead of writing (CI).
import { build } from "esbuild";
import { readFileSync, writeFileSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const check = process.argv.includes("--check");
const BUDGETS = { "panel.js": 175_000, "panel.css": 30_000 };

const common = {
  bundle: true,
  minify: false,
  write: false,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  absWorkingDir: here("."),
};
const outputs = [
  [
    "../static/panel.js",
    await build({ ...common, entryPoints: ["src/index.ts"], format: "esm", target: "es2022", outfile: "panel.js" }),
  ],
  [
    "../static/panel.css",
    await build({ ...common, entryPoints: ["src/styles/index.css"], target: "chrome111", outfile: "panel.css" }),
  ],
];

let stale = false;
for (const [path, result] of outputs) {
  const text = result.outputFiles[0].text;
  const size = Buffer.byteLength(text);
  const name = path.split("/").at(-1);
  console.log(`${name}: ${size.toLocaleString("en")} bytes of ${BUDGETS[name].toLocaleString("en")}`);
  if (size > BUDGETS[name]) throw new Error("over budget");
  if (check) {
    stale ||= readFileSync(here(path), "utf8") !== text;
  } else {
    mkdirSync(here("../static"), { recursive: true });
    writeFileSync(here(path), text);
  }
}
if (stale) throw new Error("static/ is older than src/: run npm run build and commit the result");
