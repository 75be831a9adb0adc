/**
 * A recorder or a gateway that is not there: what the focus says of it is put into the presences that pages receive, and
 * what pages ask of it is answered here. Everything else passes between page and server as it is.
 */
import type { Page, WebSocketRoute } from "playwright-core";
import { eventually } from "./wait.ts";

const focusPresence = /<presence\b[^>]*\bfrom=["'][^"']*\/focus["'][^>]*>/;

type Line = { readonly page: WebSocketRoute; focus: string; injected: number };

export class ScriptedFocus {
  /** The requests for recording and for telephone calls that pages have sent. */
  readonly asked: string[] = [];
  readonly #lines: Line[] = [];
  #extras = "";
  #answer: string;

  /** `answer`: the child of the result, or the whole error element, that a request gets. */
  constructor(extras: string, answer: string) {
    this.#extras = extras;
    this.#answer = answer;
  }

  /** Before the page opens its link. */
  async stand(page: Page): Promise<void> {
    await page.routeWebSocket(/\/xmpp-websocket/, (route) => {
      const server = route.connectToServer();
      const line: Line = { page: route, focus: "", injected: 0 };
      this.#lines.push(line);
      server.onMessage((message) => {
        const text = String(message);
        if (focusPresence.test(text)) line.focus = text;
        route.send(this.#withExtras(text));
      });
      route.onMessage((message) => {
        const text = String(message);
        if (/<(jibri|recording|dial|hangup)\b/.test(text) && text.startsWith("<iq")) this.#answered(line, text);
        // The server has not sent what we have: it is not to hear of it.
        else server.send(text.replace(/^(<a\b[^>]*\bh=["'])(\d+)/, (_, start, h) => `${start}${h - line.injected}`));
      });
    });
  }

  answerWith(answer: string): void {
    this.#answer = answer;
  }

  /** To everybody whose page was given to us, from now on and at once. */
  async say(extras: string): Promise<void> {
    this.#extras = extras;
    for (const line of this.#lines) {
      await eventually("the focus is in the room", () => (line.focus === "" ? "it has said nothing" : undefined));
      line.injected++;
      line.page.send(this.#withExtras(line.focus));
    }
  }

  #withExtras(text: string): string {
    if (!focusPresence.test(text) || text.includes('type="unavailable"')) return text;
    // Of what the focus itself says of the conference nothing matters here, and there is one such element.
    const plain = text.replace(/<conference-properties\b[^>]*(\/>|>.*?<\/conference-properties>)/s, "");
    return plain.replace("</presence>", `${this.#extras}</presence>`);
  }

  #answered(line: Line, text: string): void {
    this.asked.push(text);
    const [, id = ""] = /<iq\b[^>]*\bid=["']([^"']+)["']/.exec(text) ?? [];
    const [, to = ""] = /<iq\b[^>]*\bto=["']([^"']+)["']/.exec(text) ?? [];
    const type = this.#answer.startsWith("<error") ? "error" : "result";
    // A change of what runs is answered by nothing but that it was heard.
    const answer = type === "result" && /<(recording|hangup)\b/.test(text) ? "" : this.#answer;
    line.injected++;
    line.page.send(`<iq xmlns="jabber:client" type="${type}" id="${id}" from="${to}">${answer}</iq>`);
  }
}
