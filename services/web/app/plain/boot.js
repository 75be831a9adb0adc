// Runs before the app and without it, also in browsers that cannot run the app: so this is the JavaScript of 2009.
// `TEXTS` stands for src/lang/*/shell.json and `CHUNKS` for the bundle's file of each language: plain/plain-files.ts.
// biome-ignore-all lint/complexity/useArrowFunction: see above
// biome-ignore-all lint/complexity/useOptionalChain: see above
// biome-ignore-all lint/style/useTemplate: see above
(function () {
  var texts = TEXTS;
  var chunks = CHUNKS;
  var root = document.documentElement;
  var isOffline = root.getAttribute("data-boot") === "offline";
  var shown = "";

  function kept(key) {
    try {
      return JSON.parse(localStorage.getItem("veche." + key));
    } catch (_error) {
      return null;
    }
  }

  function prefersDark() {
    return Boolean(window.matchMedia) && window.matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function language() {
    var asked = /[?&]lang=(\w\w)/.exec(location.search);
    var usual = window.config && window.config.defaultLanguage;
    var wishes = [asked && asked[1], kept("language"), usual].concat(navigator.languages || [navigator.language]);
    var spoken = wishes
      .map(function (wish) {
        return String(wish).toLowerCase().split("-")[0];
      })
      .filter(function (code) {
        return code in texts;
      });
    return spoken[0] || "en";
  }

  /** What the app is written in, and what it cannot do without: Chromium 120, Firefox 125, Safari 17. */
  function canRun() {
    return (
      "noModule" in document.createElement("script") &&
      "RTCPeerConnection" in window &&
      "addTransceiver" in RTCPeerConnection.prototype &&
      "Promise" in window &&
      "structuredClone" in window &&
      "toSorted" in Array.prototype &&
      "URL" in window &&
      "canParse" in URL &&
      "popover" in HTMLElement.prototype &&
      "showModal" in document.createElement("dialog") &&
      "WebSocket" in window &&
      "TextDecoder" in window
    );
  }

  /** The app would ask for its texts only once it runs; they can be on their way with it. */
  function fetchTexts() {
    var link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = chunks[language()] || "";
    if (link.href) document.head.appendChild(link);
  }

  function element(name, text, parent) {
    var made = document.createElement(name);
    made.appendChild(document.createTextNode(text));
    parent.appendChild(made);
    return made;
  }

  function show(problem) {
    if (shown) return;
    shown = problem;
    // The app looks at this before anything is drawn.
    root.setAttribute("data-boot", shown);
    if (document.body) draw();
    else document.addEventListener("DOMContentLoaded", draw);
  }

  function draw() {
    var code = language();
    var said = texts[code];
    root.lang = code;
    document.title = said[shown + "Title"];
    var place = document.getElementById("app");
    place.innerHTML = "";
    var page = element("main", "", place);
    page.id = "boot-page";
    page.className = "plain-page";
    var logo = element("img", "", page);
    logo.src = "/favicon.svg";
    logo.alt = "Veche";
    var told = element("div", "", page);
    told.setAttribute("role", "alert");
    element("h1", said[shown + "Title"], told);
    element("p", said[shown + "Text"], told);
    if (shown === "tooOld") {
      element("p", said.copyAddress, page);
      element("code", location.href, page);
      return;
    }
    var again = element("button", said.tryAgain, page);
    again.id = "boot-again";
    again.type = "button";
    again.onclick = function () {
      location.reload();
    };
  }

  /** The line may be there while the server is not, and the other way round: the only proof is an answer. */
  function openWhenBack() {
    var request = new XMLHttpRequest();
    request.open("HEAD", "/config.js?" + Date.now());
    request.onload = function () {
      if (request.status === 200) location.reload();
    };
    request.send();
  }

  function isOwn(address) {
    return typeof address === "string" && address.indexOf(location.origin) === 0;
  }

  root.setAttribute(
    "data-theme",
    kept("theme") === "dark" || (kept("theme") !== "light" && prefersDark()) ? "dark" : "light",
  );
  if (isOffline) {
    show("offline");
    setInterval(openWhenBack, 5000);
    window.addEventListener("online", openWhenBack);
    return;
  }
  if (!window.addEventListener || !canRun()) {
    show("tooOld");
    return;
  }
  root.setAttribute("data-boot", "loading");
  fetchTexts();
  window.addEventListener(
    "error",
    function (event) {
      if (root.getAttribute("data-boot") !== "loading") return;
      var failed = event.target;
      if (failed && failed.tagName === "SCRIPT" && failed.type === "module") show("notLoaded");
      else if (event.error && isOwn(event.filename)) show("notLoaded");
    },
    true,
  );
  window.addEventListener("unhandledrejection", function () {
    if (root.getAttribute("data-boot") === "loading") show("notLoaded");
  });
})();
