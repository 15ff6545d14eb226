// Runs the unit tests of test/ with Node's own runner and reports the coverage of src/. Each module is stripped of its types into
// one file of build/, so that what the report names is a module. Arguments go to Node: `node test.mjs --test-name-pattern=json`.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const modules = (folder) =>
  readdirSync(`${here}${folder}`, { recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name}`);

rmSync(`${here}build`, { recursive: true, force: true });
await build({
  entryPoints: [...modules("src"), ...modules("test")],
  absWorkingDir: here,
  outbase: here,
  outdir: "build",
  format: "esm",
  target: "es2022",
  bundle: true, // for the plugin; nothing is bundled
  packages: "external",
  logLevel: "warning",
  plugins: [
    {
      name: "each its own file",
      setup: (each) =>
        each.onResolve({ filter: /^\./ }, ({ kind, path }) =>
          kind === "entry-point" ? undefined : { path: `${path}.js`, external: true },
        ),
    },
  ],
});
const tests = readdirSync(`${here}build/test`)
  .filter((name) => name.endsWith(".test.js"))
  .map((name) => `build/test/${name}`);
const { status } = spawnSync(
  process.execPath,
  ["--test", "--experimental-test-coverage", ...process.argv.slice(2), ...tests],
  { cwd: here, stdio: "inherit" },
);
process.exit(status ?? 1);
