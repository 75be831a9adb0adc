/**
 * Runs in a page that stands still: says what of it cannot be read, reached or pressed. What a picture would show to
 * somebody, told in lines, the same on every machine whatever its fonts.
 */
(() => {
  const interactive =
    "button, a[href], input:not([type=hidden]), select, textarea, summary, [role=button], [role=tab], [role=switch], [role=menuitem]";
  const edge = 1;
  /** What ends in dots still says who or what it is. */
  const leastNamePx = 40;

  /** What floats may lie over what does not: it goes away again. */
  const floating = ".notices, .knockers, .banner-place, [popover]:popover-open, dialog[open]";

  const layers = () => [...document.querySelectorAll("dialog:modal, [popover]:popover-open")];
  /** On a small window a panel is the whole page. */
  const wholePanel = () =>
    [...document.querySelectorAll("aside")].find((panel) => panel.getBoundingClientRect().width >= innerWidth - edge);
  const topLayer = () => layers().at(-1) ?? wholePanel() ?? document.body;

  function isVisible(element) {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const { width, height } = element.getBoundingClientRect();
    return width > edge && height > edge;
  }

  /** What is left of an element where it and those around it are cut off. */
  function visibleBox(element) {
    let { left, top, right, bottom } = element.getBoundingClientRect();
    for (let around = element.parentElement; around; around = around.parentElement) {
      const { overflowX, overflowY, position } = getComputedStyle(around);
      const box = around.getBoundingClientRect();
      if (overflowX !== "visible") [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
      if (overflowY !== "visible") [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
      if (position === "fixed") break;
    }
    return { left, top, right, bottom, width: right - left, height: bottom - top };
  }

  /** A small box to tick is pressed by the words beside it, too. */
  function target(element) {
    const label = element.matches("input[type=checkbox], input[type=radio]") ? element.labels?.[0] : undefined;
    const wrapped = label ?? element;
    return isVisible(wrapped) ? wrapped : undefined;
  }

  function describe(element) {
    const id = element.id && !/^[:\d]|^P\d/.test(element.id) ? `#${element.id}` : "";
    const name =
      typeof element.className === "string" && element.className ? `.${element.className.split(" ")[0]}` : "";
    const text = (element.getAttribute("aria-label") ?? element.textContent ?? "").trim().replaceAll(/\s+/g, " ");
    return `${element.localName}${id || name} “${text.slice(0, 40)}”`;
  }

  const isRelated = (one, other) => one.contains(other) || other.contains(one);

  function coveredBy(element) {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    const inset = Math.min(4, (right - left) / 4, (bottom - top) / 4);
    const points = [
      [(left + right) / 2, (top + bottom) / 2],
      [left + inset, (top + bottom) / 2],
      [right - inset, (top + bottom) / 2],
      [(left + right) / 2, top + inset],
      [(left + right) / 2, bottom - inset],
    ];
    for (const [x, y] of points) {
      const hit = document.elementFromPoint(x, y);
      if (hit === null) return "the edge of the page";
      if (!isRelated(hit, element) && !hit.closest(floating)?.matches(":not(:has(:focus))")) return describe(hit);
    }
    return undefined;
  }

  function isWithinText(element) {
    if (!element.matches("a, button.link")) return false;
    if (getComputedStyle(element).display === "inline") return true;
    const own = element.textContent ?? "";
    return (element.parentElement?.textContent ?? "").trim().length > own.trim().length + 2;
  }

  /** In the small tiles of a strip there is no room for a finger; the list of people does the same in full size. */
  const isInSmallTile = (element) => (element.closest("article.tile")?.getBoundingClientRect().width ?? 180) < 180;

  function sizeFault(element, leastPx) {
    if (isWithinText(element) || isInSmallTile(element)) return undefined;
    const { width, height } = element.getBoundingClientRect();
    if (width >= leastPx - edge && height >= leastPx - edge) return undefined;
    return `${describe(element)} is ${Math.round(width)} × ${Math.round(height)}, less than ${leastPx} × ${leastPx}`;
  }

  function reachFaults(element) {
    element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    const { left, top, right, bottom } = element.getBoundingClientRect();
    const isCut =
      left < -edge ||
      top < -edge ||
      right > innerWidth + edge ||
      (bottom > innerHeight + edge && bottom - top < innerHeight);
    if (isCut) return [`${describe(element)} reaches beyond the page`];
    const cover = coveredBy(element);
    return cover === undefined ? [] : [`${describe(element)} is covered by ${cover}`];
  }

  function overlapFaults(elements) {
    const boxes = elements.map((element) => ({ element, box: visibleBox(element) }));
    const faults = [];
    for (const [index, { element, box }] of boxes.entries()) {
      for (const { element: other, box: otherBox } of boxes.slice(index + 1)) {
        const across = Math.min(box.right, otherBox.right) - Math.max(box.left, otherBox.left);
        const along = Math.min(box.bottom, otherBox.bottom) - Math.max(box.top, otherBox.top);
        if (across <= 2 || along <= 2 || isRelated(element, other)) continue;
        if (element.closest(floating) !== other.closest(floating)) continue;
        faults.push(
          `${describe(element)} and ${describe(other)} overlap by ${Math.round(across)} × ${Math.round(along)}`,
        );
      }
    }
    return faults;
  }

  const isForReadersAlone = (element) =>
    element.closest(".visually-hidden") !== null || getComputedStyle(element).clipPath === "inset(50%)";

  function texts(root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode;
      if (!textContent?.trim() || !parentElement || parentElement.closest("option, script, style")) continue;
      if (!isVisible(parentElement) || isForReadersAlone(parentElement)) continue;
      found.push({ node: walker.currentNode, parent: parentElement });
    }
    return found;
  }

  /** Names and addresses that people chose may be longer than any place for them, and end in dots. */
  function clipFaults(root, mayEnd) {
    const faults = [];
    for (const { node, parent } of texts(root)) {
      const range = document.createRange();
      range.selectNodeContents(node);
      const { left, right, top, bottom } = range.getBoundingClientRect();
      if (right - left <= edge) continue;
      const button = parent.closest("button, .button, [role=tab]");
      const box = button?.getBoundingClientRect();
      const sticksOut =
        box && (left < box.left - edge || right > box.right + edge || top < box.top - 3 || bottom > box.bottom + 3);
      if (sticksOut && !parent.closest(mayEnd)) faults.push(`the text of ${describe(button)} sticks out of it`);
      const clipped = clippingAncestor(parent, { left, right, top, bottom });
      if (!clipped) continue;
      const said = `“${node.textContent.trim().slice(0, 40)}”`;
      const shown = visibleBox(parent).width;
      if (!parent.closest(mayEnd)) faults.push(`${said} is cut off in ${describe(clipped)}`);
      else if (shown < leastNamePx && right - left > leastNamePx)
        faults.push(`of ${said} only ${Math.round(shown)} pixels are left`);
    }
    return faults;
  }

  function clippingAncestor(parent, { left, right, top, bottom }) {
    for (let around = parent; around && around !== document.body; around = around.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(around);
      const box = around.getBoundingClientRect();
      if (/hidden|clip/.test(overflowX) && (right > box.right + 2 || left < box.left - 2)) return around;
      // Lines are taller than their letters.
      if (/hidden|clip/.test(overflowY) && (bottom > box.bottom + 5 || top < box.top - 5)) return around;
      if (/auto|scroll/.test(overflowX + overflowY)) return undefined;
    }
    return undefined;
  }

  function sidewaysFaults(root, mayScroll) {
    const page = document.scrollingElement;
    const faults =
      page.scrollWidth > innerWidth + edge
        ? [`the page is ${page.scrollWidth - innerWidth} wider than the window`]
        : [];
    for (const element of root.querySelectorAll("*")) {
      if (!/auto|scroll/.test(getComputedStyle(element).overflowX) || element.matches("textarea, input")) continue;
      if (element.scrollWidth <= element.clientWidth + edge || element.matches(mayScroll) || !isVisible(element))
        continue;
      faults.push(`${describe(element)} scrolls sideways by ${element.scrollWidth - element.clientWidth}`);
    }
    return faults;
  }

  function moving() {
    return document
      .getAnimations()
      .filter(
        (animation) =>
          animation.playState === "running" &&
          animation.effect
            ?.getKeyframes()
            .some((frame) => "transform" in frame || "left" in frame || "translate" in frame),
      )
      .map((animation) => `${describe(animation.effect.target)} moves`);
  }

  globalThis.vecheLook = {
    faults({ leastTargetPx, mayEnd, mayScroll }) {
      const root = topLayer();
      const scrolled = [document.scrollingElement, root, ...root.querySelectorAll("*")].map((element) => [
        element,
        element.scrollTop,
      ]);
      const elements = [...new Set([...root.querySelectorAll(interactive)].map(target).filter(Boolean))];
      const still = [
        ...overlapFaults(elements.filter((element) => visibleBox(element).width > 0 && visibleBox(element).height > 0)),
        ...elements.map((element) => sizeFault(element, leastTargetPx)).filter(Boolean),
        ...clipFaults(root, mayEnd),
        ...sidewaysFaults(root, mayScroll),
      ];
      const reach = elements.flatMap(reachFaults);
      for (const [element, top] of scrolled) if (element.scrollTop !== top) element.scrollTop = top;
      return [...new Set([...still, ...reach])];
    },
    moving,
    background: () => getComputedStyle(document.body).backgroundColor,
  };
})();
