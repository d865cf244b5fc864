#!/usr/bin/env node
// Read by any Node that knows modules: it has to say so where this one is too old.
import { existsSync } from 'node:fs';

const built = new URL('../dist/daemon/bin.js', import.meta.url);
const end = (exitCode, text) => {
  process.stderr.write(`quorate-server: ${text}\n`);
  process.exitCode = exitCode;
};

if (Number.parseInt(process.versions.node, 10) < 24) end(69, `Node 24 or newer is needed, and this is ${process.version} at ${process.execPath}.`);
else if (!existsSync(built)) end(70, 'not built. Run: npm run build');
else await import(built.href);
