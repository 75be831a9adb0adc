/** Runs in a page that is walked through by keyboard: where the focus is, whether one sees it, what a reader was told. */
(() => {
  const places =
    "button:not(:disabled), a[href], input:not([type=hidden]):not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex='0']";

  const nameOf = (element) =>
    (element.id && `#${element.id}`) ||
    `${element.localName} “${(element.getAttribute("aria-label") ?? element.textContent ?? "").trim().slice(0, 40)}”`;

  /** A mark around it, or on what stands for it. */
  function isSeen(element) {
    const marked = [element, element.labels?.[0], element.parentElement, ...element.children].filter(Boolean);
    return marked.some((each) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(each);
      return outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0;
    });
  }

  const said = [];
  const spoken = "[aria-live='polite'], [aria-live='assertive'], [role=log], [role=status], [role=alert]";
  new MutationObserver((changes) => {
    for (const { target, addedNodes, type } of changes) {
      const region = (target instanceof Element ? target : target.parentElement)?.closest(spoken);
      if (!region) continue;
      if (type === "characterData") said.push(target.textContent ?? "");
      else for (const node of addedNodes) said.push(node.textContent ?? "");
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });

  globalThis.vecheFocus = {
    /** Where the focus can be: on what is shown, and of a group of choices on one. */
    places: (within) =>
      [...document.querySelector(within).querySelectorAll(places)]
        .filter((element) => element.checkVisibility({ visibilityProperty: true }) && element.tabIndex >= 0)
        .filter((element) => element.type !== "radio" || element.checked)
        .map(nameOf),
    now: () => {
      const { activeElement } = document;
      if (activeElement === null || activeElement === document.body) return undefined;
      return { name: nameOf(activeElement), isSeen: isSeen(activeElement) };
    },
    said: () => said.join(" | "),
  };
})();
