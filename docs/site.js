// What reaches beyond its box can be moved with the keyboard; nothing else becomes a stop of the tab key.
function reachable() {
  for (const box of document.querySelectorAll("pre, .equation, .lines, .table-wrapper, .cell_output table")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

addEventListener("DOMContentLoaded", () => {
  // The theme names the menu's captions headings and does not say of which level.
  for (const caption of document.querySelectorAll(".caption[role=heading]")) caption.setAttribute("aria-level", "2");
  reachable();
});
addEventListener("resize", reachable);
