// Mozilla's Observatory, asked for one page of a site on any port: its own scan() knows the usual ports only.
// node observatory.mjs <folder of the package> <port> <path> prints {"score", "grade", "failed": [...]}.
import { pathToFileURL } from "node:url";
const [folder, port, path] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(`${folder}/src/${file}`).href);
const { retrieve } = await load("retriever/retriever.js");
const { ALL_TESTS } = await load("constants.js");
const { getGradeForScore, getScoreModifier } = await load("grader/grader.js");
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await load("grader/charts.js");
// Nothing listens on port 1: that a plain address leads to TLS is for the front and for Cairn's own tests.
const found = await retrieve("localhost", { httpsPort: Number(port), httpPort: 1, path });
const results = ALL_TESTS.map((test) => test(found));
const points = results.map((result) => getScoreModifier(result.result));
const without = 100 + points.filter((each) => each < 0).reduce((sum, each) => sum + each, 0);
const all = 100 + points.reduce((sum, each) => sum + each, 0);
const { score, grade } = getGradeForScore(without >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? all : without);
const told = results.map((result, at) => `${result.constructor.name} ${result.result} ${points[at]}`);
console.log(JSON.stringify({ score, grade, status: found.responses.auto?.status, told }));
