// What a landing page does better with a script; each part works without it.
import "./conditions.js";
import "./error-summary.js";
import "./focus.js";
import "./form-start.js";
import "./leaves.js";
import "./local-time.js";
import "./send-once.js";
import "./steps.js";
