// What is said while the server does not answer, or wants another token; nothing on the page is lost by it.

import { linkIs } from "./api.js";
import { element, fieldWithButton, fill } from "./dom.js";
import { onState, refresh, state } from "./state.js";
import { T } from "./texts.js";

export function banner() {
  const node = element("div", { className: "banner", role: "alert", hidden: true });
  let shown = "open";
  onState(() => {
    const link = linkIs();
    if (link === shown) return;
    shown = link;
    node.hidden = link === "open";
    if (link === "open") fill(node);
    else if (link === "lost") fill(node, element("p", {}, element("strong", { textContent: T.link.lost }), " ", T.link.lostMore));
    else fill(node, element("p", {}, element("strong", { textContent: T.link.refused }), " ", T.link.refusedMore(state.project?.folder ?? "")),
      fieldWithButton({ label: T.link.token, placeholder: T.link.tokenLike, action: T.link.connect }, (text) => void bring(text)));
  });
  return node;
}

/** Show the token that a person copied, alone or in its address; the page stays as it is. @param {string} text */
async function bring(text) {
  const token = /[?&]token=([^&#\s]+)/.exec(text)?.[1] ?? encodeURIComponent(text);
  await fetch(`/?token=${token}`).catch(() => {});
  await refresh();
}
