// Builds the page: one file, with its worker, its style and its libraries' licences inside.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";

const [out] = process.argv.slice(2);
const common = { bundle: true, minify: true, write: false, format: "iife", target: "es2022", charset: "utf8", legalComments: "none" };
const textOf = async (options) => (await build({ ...common, ...options })).outputFiles[0].text;

const worker = await textOf({ entryPoints: ["src/worker.ts"] });
const workerSource = {
  name: "worker-source",
  setup(setup) {
    setup.onResolve({ filter: /^worker-source$/ }, ({ path }) => ({ path, namespace: "worker" }));
    setup.onLoad({ filter: /./, namespace: "worker" }, () => ({ contents: worker, loader: "text" }));
  },
};
const script = await textOf({
  entryPoints: ["src/app.tsx"],
  plugins: [workerSource],
  jsx: "automatic",
  jsxImportSource: "preact",
});
const style = await textOf({ entryPoints: ["src/style.css"] });
const licences = ["preact", "@preact/signals", "@preact/signals-core"]
  .map((name) => `${name}\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim()}`)
  .join("\n\n");

// Nothing but what is in the file may load, whatever the code does.
const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; worker-src blob:";
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Slash or backslash?</title>
<!--
The Slash explorer, Apache License 2.0. The images are of the Slash dataset by Sophie Searcy, 2019,
soph.info/slash-data, CC BY 4.0. These libraries are in this file:

${licences}
-->
<style>${style.trim()}</style>
</head>
<body>
<div id="app"></div>
<script>${script.trim().replaceAll("</script", "<\\/script")}</script>
</body>
</html>
`;
writeFileSync(out, page);
console.log(`${out}: ${Buffer.byteLength(page).toLocaleString("en")} bytes`);
