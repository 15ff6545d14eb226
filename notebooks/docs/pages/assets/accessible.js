// What the theme leaves out: names of regions (WCAG 2.2, 4.1.2), and the keyboard in what scrolls (2.1.1).
const mend = () => {
  document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
  for (const nav of document.querySelectorAll("nav.md-nav[aria-labelledby]")) {
    nav.setAttribute("aria-label", `Pages: ${nav.querySelector(".md-nav__title")?.textContent.trim() ?? ""}`);
    nav.removeAttribute("aria-labelledby");
  }
  for (const nav of document.querySelectorAll("nav.md-code__nav")) nav.setAttribute("role", "none");
  for (const box of document.querySelectorAll(".md-typeset__scrollwrap, .highlight-ipynb")) box.tabIndex = 0;
  for (const head of document.querySelectorAll("th:empty")) head.setAttribute("role", "none");
};
mend();
new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
