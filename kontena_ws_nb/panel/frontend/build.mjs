// Bundles src/ into ../static (committed, so that installing needs no Node): panel.js and panel.css to be read, and the same as
// panel.min.js and panel.min.css to be sent. Fails when one of these outgrows its budget: they travel in every comm_open, and into
// every notebook that is saved with its widgets. `--check` compares instead of writing (CI).
import { build } from "esbuild";
import { readFileSync, writeFileSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const check = process.argv.includes("--check");
const BUDGETS = { "panel.min.js": 210_000, "panel.min.css": 48_000 };

const common = {
  bundle: true,
  write: false,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  absWorkingDir: here("."),
};
const script = { ...common, entryPoints: ["src/index.ts"], format: "esm", target: "es2022", outfile: "panel.js" };
const styles = { ...common, entryPoints: ["src/styles/index.css"], target: "chrome111", outfile: "panel.css" };
const outputs = [
  ["../static/panel.js", await build(script)],
  ["../static/panel.css", await build(styles)],
  ["../static/panel.min.js", await build({ ...script, minify: true })],
  ["../static/panel.min.css", await build({ ...styles, minify: true })],
];

let stale = false;
for (const [path, result] of outputs) {
  const text = result.outputFiles[0].text;
  const size = Buffer.byteLength(text);
  const name = path.split("/").at(-1);
  const budget = BUDGETS[name] ?? Infinity;
  console.log(`${name}: ${size.toLocaleString("en")} bytes of ${budget.toLocaleString("en")}`);
  if (size > budget) throw new Error("over budget");
  if (check) {
    stale ||= readFileSync(here(path), "utf8") !== text;
  } else {
    mkdirSync(here("../static"), { recursive: true });
    writeFileSync(here(path), text);
  }
}
if (stale) throw new Error("static/ is older than src/: run npm run build and commit the result");
