// Reads cases as JSON from standard input, writes their digests as JSON.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { digests } from "./digests";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
process.stdout.write(JSON.stringify(await digests(JSON.parse(readFileSync(0, "utf8")), sha256)));
