import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { nameOrGuest } from "../../i18n/guest.ts";
import { type Language, language, t } from "../../i18n/i18n.ts";
import type { App } from "../../model/app.ts";
import { isMeant } from "../../model/people/people-list.ts";
import { toCsv } from "../../model/speaker-stats/csv.ts";
import type { Participation } from "../../model/speaker-stats/speaker-stats.ts";
import { useApp } from "../parts/context.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Icon } from "../parts/icons.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { saveFile } from "./save-file.ts";
import { clock, spoken } from "./times.ts";
import "./people.css";

const STEP_MS = 1000;
/** What Excel expects between columns where the comma is for decimals. */
const SEPARATORS: Readonly<Record<Language, "," | ";">> = { en: ",", ru: ";" };

/** Who has been here, for how long, and how much of it they spoke. */
export function Statistics(): JSX.Element {
  const app = useApp();
  const { speakerStats } = app.call.activities;
  const typed = useSignal("");
  const list = useSignal<readonly Participation[]>([]);
  useEffect(() => {
    const refresh = () => {
      list.value = inOrder(speakerStats.list());
    };
    refresh();
    const timer = setInterval(refresh, STEP_MS);
    return () => clearInterval(timer);
  }, [speakerStats, list]);
  const shown = list.value.filter(({ name }) => isMeant(name, typed.value));
  return (
    <Dialog title={t("speakerStats.speakerStats")}>
      <div id="speaker-stats" class="statistics">
        <div class="statistics-top">
          <SearchField id="speaker-stats-search" label={t("speakerStats.searchHint")} typed={typed} />
          <button id="download-attendance" class="button" type="button" onClick={() => download(app)}>
            <Icon name="download" size={18} /> {t("speakerStats.download")}
          </button>
        </div>
        <Table rows={shown} />
        <p class="hint">{t("speakerStats.since", { time: clock(speakerStats.since.value) })}</p>
      </div>
    </Dialog>
  );
}

function Table({ rows }: { readonly rows: readonly Participation[] }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
    <section class="statistics-scroll" tabIndex={0} aria-label={t("speakerStats.speakerStats")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("speakerStats.name")}</th>
            <th scope="col">{t("speakerStats.firstSeen")}</th>
            <th scope="col">{t("speakerStats.lastSeen")}</th>
            <th scope="col">{t("speakerStats.minutesPresent")}</th>
            <th scope="col">{t("speakerStats.speakerTime")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.ids[0]} class={row.isPresent ? undefined : "gone"} data-visitor={row.ids.at(-1)}>
              <th scope="row">
                {nameOrGuest(row.name)}
                {(row.isModerator || row.isPhone) && <span class="person-role"> {roleText(row)}</span>}
              </th>
              <td>{clock(row.firstSeen)}</td>
              <td>{row.isPresent ? t("speakerStats.isHere") : clock(row.lastSeen)}</td>
              <td>{minutes(row.presentMs)}</td>
              <td>{spoken(row.spokenMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function inOrder(list: readonly Participation[]): readonly Participation[] {
  const { compare } = new Intl.Collator(language.value);
  return list.toSorted((a, b) => b.spokenMs - a.spokenMs || compare(a.name, b.name));
}

function download(app: App): void {
  const { speakerStats } = app.call.activities;
  const { compare } = new Intl.Collator(language.value);
  const people = speakerStats.list().toSorted((a, b) => compare(a.name, b.name));
  const head = [
    t("speakerStats.name"),
    t("speakerStats.role"),
    t("speakerStats.firstSeen"),
    t("speakerStats.lastSeen"),
    t("speakerStats.minutesPresent"),
    t("speakerStats.visits"),
    t("speakerStats.speakerTime"),
  ];
  const rows = people.map((each) => [
    nameOrGuest(each.name),
    roleText(each),
    clock(each.firstSeen),
    clock(each.lastSeen),
    String(minutes(each.presentMs)),
    String(each.visits),
    spoken(each.spokenMs),
  ]);
  const day = new Date(speakerStats.since.value).toLocaleDateString("sv");
  const name = `${app.place.roomName} ${day}.csv`.replace(/[\\/:*?"<>|]/g, " ");
  saveFile(name, "text/csv;charset=utf-8", toCsv([head, ...rows], SEPARATORS[language.value]));
}

function roleText({ isModerator, isPhone }: Participation): string {
  if (isPhone) return t("dialOut.telephone");
  return t(isModerator ? "videothumbnail.moderator" : "speakerStats.participant");
}

function minutes(ms: number): number {
  return Math.round(ms / 60_000);
}
