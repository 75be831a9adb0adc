/** "Can this network hold a call?": the page that answers it, on networks that can, can't, and can in part. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser, withoutBrowser } from "../harness/browser.ts";
import {
  blockTcpTo,
  isOnlyRelay,
  relaySettings,
  runWithOnlyRelay,
  startRelay,
  withoutRelay,
} from "../harness/only-relay.ts";
import { setScene, startTestStack, type TestStack } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import { isUdpBlocked, runWithoutUdp, withoutNamespaces } from "../harness/without-udp.ts";
import { Look, wide } from "../visual/look.ts";

const skip = withoutBrowser();
const noNamespaces = withoutNamespaces();
const teacher = { name: "anna.petrova", password: "Двадцать два слона" };
/** Three ways, of which closed ones are waited for. */
const patienceMs = 120_000;

type Blocked = { readonly webSockets?: boolean; readonly requests?: boolean };

async function openCheck(browser: Browser, stack: TestStack, lang = "en", blocked: Blocked = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1000, height: 1200 } });
  const page = await context.newPage();
  if (blocked.webSockets) await page.routeWebSocket("**/xmpp-websocket*", (socket) => void socket.close());
  if (blocked.requests) await page.route("**/http-bind*", (route) => route.abort());
  const answer = await page.goto(`${stack.local.urls.http}/static/network-check.html?lang=${lang}`);
  assert.match(answer?.headers()["content-security-policy"] ?? "", /default-src 'self'/);
  return page;
}

async function runCheck(page: Page): Promise<{ verdict: string; reason: string; found: Record<string, string> }> {
  await page.click("#run-check");
  await page.waitForSelector("[data-step]");
  await page.waitForSelector("#network-check[data-phase=done]", { timeout: patienceMs });
  const found = await page.$$eval("[data-step]", (steps) =>
    steps.map((step) => [step.getAttribute("data-step") ?? "", step.getAttribute("data-found") ?? ""]),
  );
  const verdict = await page.$eval(".verdict", (place) => [
    place.getAttribute("data-verdict") ?? "",
    place.getAttribute("data-reason") ?? "",
  ]);
  const [name = "", reason = ""] = verdict;
  return { verdict: name, reason, found: Object.fromEntries(found) as Record<string, string> };
}

const ways = { udp: "good", tcp: "good", turn: "absent" };
const well = {
  page: "good",
  clock: "good",
  websocket: "good",
  bosh: "good",
  room: "good",
  ...ways,
  channel: "good",
  quality: "good",
  devices: "good",
};

async function conferences(stack: TestStack): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${stack.local.ports.focus}/stats`);
  return ((await answer.json()) as { conferences: number }).conferences;
}

async function checksOverTcp(): Promise<void> {
  await using stack = await startTestStack();
  const browser = await launchBrowser();
  try {
    const page = await openCheck(browser, stack);
    const { verdict, reason, found } = await runCheck(page);
    assert.deepEqual({ verdict, reason }, { verdict: "limited", reason: "tcpOnly" }, JSON.stringify(found));
    assert.deepEqual(found, { ...well, udp: "blocked" });
    assert.match((await page.textContent(".verdict")) ?? "", /over TCP only, expect stutter/);
    const report = await page.inputValue("#check-report");
    assert.match(report, new RegExp(`udp.blocked: udp \\S+:${stack.local.ports.media}`));
  } finally {
    await browser.close();
  }
}

/** Sound and picture of the last way go by the relay, and by nothing else: there is no other. */
async function checksOverRelay(): Promise<void> {
  await using relay = await startRelay();
  await using stack = await startTestStack(relaySettings);
  blockTcpTo(stack.local.ports.mediaTcp);
  const browser = await launchBrowser();
  try {
    const page = await openCheck(browser, stack);
    const { verdict, reason, found } = await runCheck(page);
    const report = await page.inputValue("#check-report");
    assert.deepEqual(found, { ...well, udp: "blocked", tcp: "blocked", turn: "good" }, `${report}\n${relay.lines()}`);
    assert.deepEqual({ verdict, reason }, { verdict: "limited", reason: "relayOnly" });
    assert.match((await page.textContent(".verdict")) ?? "", /by a relay only/);
    assert.match(report, /turn\.good: connected after \d+ ms/);
  } finally {
    await browser.close();
  }
}

if (isOnlyRelay) {
  test("where only a relay gets through the check says that calls go by it", { skip }, checksOverRelay);
} else if (isUdpBlocked) {
  test("where UDP is blocked the check says that calls go over TCP only", { skip }, checksOverTcp);
} else {
  const scene = setScene({
    skip,
    prepare: async ({ stack }) => {
      await stack.administrator.addUser({ ...teacher, role: "teacher" });
    },
  });

  for (const [language, sentence] of [
    ["en", /Good: calls will work here/],
    ["ru", /Хорошо: звонки здесь будут работать/],
  ] as const) {
    test(`a network that lets everything through is good, ${language}`, { skip }, async () => {
      const page = await openCheck(scene.browser, scene.stack, language);
      const strangers: string[] = [];
      page.on("request", (request) => {
        if (!request.url().startsWith(scene.stack.local.urls.http)) strangers.push(request.url());
      });
      const look = new Look(page);
      await look.take(wide);
      const { verdict, found } = await runCheck(page);
      assert.deepEqual(found, well, await page.inputValue("#check-report"));
      assert.equal(verdict, "good");
      assert.match((await page.textContent(".verdict")) ?? "", sentence);
      assert.match(await page.inputValue("#check-report"), /quality\.good: udp .*loss up 0 % down 0 %/);
      assert.deepEqual(strangers, []);
      assert.deepEqual([...(await look.faults(wide)), ...(await look.axeFaults())], []);
      await look.picture(`network-check-${language}`);
      await page.context().close();
    });
  }

  test("nobody and no room stays behind, also when the page is left in the middle", { skip }, async () => {
    const page = await openCheck(scene.browser, scene.stack);
    await page.click("#run-check");
    await page.waitForSelector('[data-step="room"][data-found="good"]', { timeout: patienceMs });
    assert.equal(await conferences(scene.stack), 1);
    await page.goto("about:blank");
    const left = async () => ((await conferences(scene.stack)) === 0 ? undefined : "a conference");
    await eventually("the room is gone", left, { timeoutMs: 30_000 });
    await page.context().close();
  });

  test("where WebSockets are blocked the check goes by BOSH and says so", { skip }, async () => {
    const page = await openCheck(scene.browser, scene.stack, "en", { webSockets: true });
    const { verdict, reason, found } = await runCheck(page);
    assert.deepEqual(found, { ...well, websocket: "blocked" });
    assert.deepEqual({ verdict, reason }, { verdict: "limited", reason: "noWebSocket" });
    await page.context().close();
  });

  test("where nothing gets to the server no call is possible", { skip }, async () => {
    const page = await openCheck(scene.browser, scene.stack, "ru", { webSockets: true, requests: true });
    const { verdict, reason, found } = await runCheck(page);
    assert.deepEqual({ verdict, reason }, { verdict: "none", reason: "noServer" }, JSON.stringify(found));
    assert.match((await page.textContent(".verdict")) ?? "", /Позвонить отсюда нельзя/);
    await page.context().close();
  });

  test("on a secure domain a guest hears that a room needs an account, and checks all after signing in", {
    skip,
  }, async () => {
    await scene.stack.administrator.run("settings", "set", "secure-domain", "on");
    const page = await openCheck(scene.browser, scene.stack);
    const before = await runCheck(page);
    assert.equal(before.verdict, "open");
    assert.deepEqual([before.found.room, before.found.udp, before.found.websocket], ["signIn", "untried", "good"]);
    await page.click("#check-sign-in");
    await page.fill("#login-name", teacher.name);
    await page.fill("#login-password", teacher.password);
    await page.click("#login-submit");
    await page.waitForSelector("#check-sign-in", { state: "detached" });
    const { verdict, found } = await runCheck(page);
    assert.deepEqual(found, well, await page.inputValue("#check-report"));
    assert.equal(verdict, "good");
    await page.context().close();
  });

  const noRelay = withoutRelay();
  if (noRelay === false) {
    test("where only a relay gets through the check says that calls go by it", { skip }, () =>
      runWithOnlyRelay(import.meta.filename),
    );
  } else test("where only a relay gets through", { skip: noRelay }, () => {});

  if (noNamespaces === false) {
    test("where UDP is blocked the check says that calls go over TCP only", { skip }, () =>
      runWithoutUdp(import.meta.filename),
    );
  } else test("where UDP is blocked", { skip: noNamespaces }, () => {});
}
