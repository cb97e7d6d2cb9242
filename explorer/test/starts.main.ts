// Prints src/starts.json: make explorer-starts.
import { STARTS } from "../src/learning";
import { rowOf } from "./starts";

console.log(`[\n${STARTS.map((start) => ` ${JSON.stringify(rowOf(start))}`).join(",\n")}\n]`);
