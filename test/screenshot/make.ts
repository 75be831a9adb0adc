/** Takes the README's picture: a real call of three, drawn people before drawn cameras. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { launchBrowser } from "../harness/browser.ts";
import { anna, boris, type Identity, vera } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { startTestStack } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

const path = process.argv[2] ?? join(import.meta.dirname, "../../deploy/screenshot.png");
const size = { width: Number(process.argv[3] ?? 1280), height: Number(process.argv[4] ?? 800) };
/** Until pictures have reached their full size and notices are gone. */
const settleMs = 8_000;

const cast: readonly Identity[] = [
  { ...anna, name: "Anna Petrova" },
  { ...boris, name: "Борис Иванович" },
  { ...vera, name: "Vera K." },
];

await using stack = await startTestStack();
const browser = await launchBrowser();
try {
  const people: Participant[] = [];
  for (const [index, identity] of cast.entries()) {
    const viewport = index === 0 ? size : { width: 960, height: 600 };
    people.push(
      await Participant.join(browser, stack.roomUrl("5А класс — физика"), identity, { isPortrait: true, viewport }),
    );
  }
  const [first, second] = people;
  if (first === undefined || second === undefined) throw new Error("nobody came");
  await eventually("two pictures", async () => {
    const videos = await first.page.$$('article[data-self="false"] video');
    return videos.length === cast.length - 1 ? undefined : `${videos.length} pictures`;
  });
  await second.page.evaluate("vecheCamera.setLoudness(0.6); vecheCamera.speak(true)");
  await pause(settleMs);
  // The room's name fades while nothing moves.
  await first.page.mouse.move(size.width / 2, 12);
  await pause(500);
  await first.page.screenshot({ path });
  console.log(`the picture is in ${path}`);
} finally {
  await browser.close();
}
