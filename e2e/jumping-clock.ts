/** Loaded before the product: the wall clock goes wrong by what the file PARAPET_CLOCK_FILE says, in milliseconds. */
import { readFileSync } from "node:fs";

const file = process.env["PARAPET_CLOCK_FILE"] ?? "";
const real = Date.now.bind(Date);
let wrongByMs = 0;
const read = (): void => {
  wrongByMs = Number(readFileSync(file, "utf8"));
};
read();
setInterval(read, 10).unref();
Date.now = () => real() + wrongByMs;
