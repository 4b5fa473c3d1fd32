// The pairing page: the code comes with the QR code's address, behind the #, which no server is told.
import { fill, text } from "./texts.js";

fill();
document.title = text("pair_title");
const code = document.getElementById("code");
const problem = { "?wrong": "pair_wrong", "?wait": "pair_wait" }[location.search];
if (problem) document.getElementById("problem").textContent = text(problem);
if (/^#[0-9A-Za-z-]{5,20}$/.test(location.hash)) {
  code.value = location.hash.slice(1);
  history.replaceState(null, "", "/pair");
  document.getElementById("submit").focus();
} else {
  code.focus();
}
