#!/usr/bin/env node
import { existsSync } from 'node:fs';

const built = new URL('../dist/daemon/bin.js', import.meta.url);
if (existsSync(built)) await import(built.href);
else {
  process.stderr.write('quorate-signer is not built. Run: npm run build\n');
  process.exitCode = 70;
}
