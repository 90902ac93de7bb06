// What a landing page does better with a script; each part works without it.
import "./error-summary.js";
import "./leaves.js";
import "./local-time.js";
import "./send-once.js";
import { depend } from "./conditions.js";
import { tellStarts } from "./form-start.js";
import { goInSteps } from "./steps.js";

for (const form of document.querySelectorAll("form.form")) {
  depend(form);
  const { address } = form.dataset;
  goInSteps(form, { address, travels: window === window.top }); // in a preview, "Back" is the studio's
  if (address) tellStarts(form, (body) => navigator.sendBeacon(`${address}/started`, body));
}
