/** One thing the app shows, and how to get there. */
import { takesPictures } from "../harness/picture.ts";
import { type Look, phone, type Theme, type View, views, wide } from "./look.ts";

export type Language = "ru" | "en";
export const languages: readonly Language[] = ["ru", "en"];

export type Screen<Visit> = {
  readonly name: string;
  readonly open: (visit: Visit) => Promise<void>;
  readonly close?: (visit: Visit) => Promise<void>;
  /** What stands there once it is open. */
  readonly ready: string;
  /** Closed and opened anew for each size of the window, as menus are that hang at their button. */
  readonly reopens?: boolean;
};

/** Russian words are longer: they go through every size. Where pictures are taken, everything does. */
function viewsFor(language: Language): readonly View[] {
  return language === "ru" || takesPictures ? views : [wide, phone];
}

/** Each size and each theme is read by axe in one language. */
function isReadByAxe(language: Language, view: View, theme: Theme): boolean {
  if (view !== wide && view !== phone) return false;
  return (language === "ru") === ((view === wide) === (theme === "light"));
}

type Fault = { readonly screen: string; readonly where: string; readonly text: string };

/** Goes through all of them on one page; throws what is wrong with any, each fault once with all places it was seen at. */
export async function lookThrough<Visit extends { readonly look: Look }>(
  visit: Visit,
  screens: readonly Screen<Visit>[],
  language: Language,
): Promise<void> {
  const faults: Fault[] = [];
  for (const screen of screens) {
    try {
      faults.push(...(await faultsOf(screen, visit, language)));
    } catch (error) {
      // What it left open would lie over the next one.
      await screen.close?.(visit).catch(() => {});
      faults.push({
        screen: screen.name,
        where: language,
        text: error instanceof Error ? error.message : String(error),
      });
    }
  }
  if (faults.length > 0) throw new Error(`\n${listOf(faults)}`);
}

function listOf(faults: readonly Fault[]): string {
  const places = Map.groupBy(faults, ({ text }) => text);
  return [...places]
    .map(([text, each]) => `${text}\n    ${each.map(({ screen, where }) => `${screen} (${where})`).join(", ")}`)
    .join("\n");
}

/** Everything wrong with one screen in one language. */
async function faultsOf<Visit extends { readonly look: Look }>(
  screen: Screen<Visit>,
  visit: Visit,
  language: Language,
): Promise<Fault[]> {
  const { look } = visit;
  const faults: Fault[] = [];
  const note = (where: string, found: readonly string[]): void => {
    faults.push(...found.map((text) => ({ screen: screen.name, where: `${language}, ${where}`, text })));
  };
  const all = viewsFor(language);
  for (const view of all) {
    const isFirst = view === all[0];
    await look.take(view);
    await look.light("light");
    if (isFirst || screen.reopens) await screen.open(visit);
    await look.page.waitForSelector(screen.ready, { timeout: 10_000 });
    await look.light("light");
    await settled(look);
    await look.picture(`${screen.name}-${language}-${view.name}-light`);
    const moving = await look.moving();
    note(view.name, [...(await look.faults(view)), ...moving]);
    if (isReadByAxe(language, view, "light")) note(`${view.name}, light`, await look.axeFaults());
    const light = await look.background();
    await look.light("dark");
    if ((await look.background()) !== light) {
      await look.picture(`${screen.name}-${language}-${view.name}-dark`);
      if (isReadByAxe(language, view, "dark")) note(`${view.name}, dark`, await look.axeFaults());
    }
    if (screen.reopens || view === all.at(-1)) await screen.close?.(visit);
  }
  return faults;
}

/** Fonts are there and what was begun is drawn. */
async function settled(look: Look): Promise<void> {
  await look.page.evaluate(
    "document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))",
  );
}
