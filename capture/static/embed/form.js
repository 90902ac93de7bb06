// What a form inside another site does better with a script: fields that depend on others, steps, how far people come.
import { depend } from "../js/conditions.js";
import { tellStarts } from "../js/form-start.js";
import { goInSteps } from "../js/steps.js";

export function improve(form, address) {
  depend(form);
  goInSteps(form, { address, travels: false });
  const quietly = { method: "POST", credentials: "omit", keepalive: true };
  tellStarts(form, (body) => fetch(`${address}/started`, { ...quietly, body }).catch(() => {}));
}
