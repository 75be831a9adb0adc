/** Polls of Jitsi's clients (lib-jitsi-meet of 2026-08), as JSON to and from the component. */
import type { Poll, PollLimits, Vote } from "../domain/polls.ts";
import { isJsonObject, type JsonObject, readJsonMessage, writeJsonMessage } from "./jitsi-json-message.ts";
import { bounded, type Read, reading, unreadable } from "./reading.ts";
import type { Outgoing } from "./rfc6120-stanza.ts";
import type { Element } from "./xml/element.ts";

const idLength = 64;

export type PollCommand =
  | { readonly type: "new-poll"; readonly id: string; readonly question: string; readonly options: readonly string[] }
  | { readonly type: "answer-poll"; readonly id: string; readonly answers: readonly boolean[] };

export function readPollCommand(message: Element, limits: PollLimits): Read<PollCommand> {
  const json = readJsonMessage(message);
  if (!json.ok) return json;
  return reading(() => {
    const { type, command, pollId, answers } = json.value;
    if (type !== "polls") return unreadable('"type" is "polls" here');
    if (typeof pollId !== "string" || pollId === "") return unreadable('"pollId" is a text');
    const id = bounded(pollId.toWellFormed(), "pollId", idLength);
    if (!Array.isArray(answers) || answers.length === 0) return unreadable('"answers" is a list');
    if (answers.length > limits.options)
      return unreadable(`at most ${limits.options} answers, found ${answers.length}`);
    if (command === "new-poll") return { type: command, id, ...readQuestion(json.value, answers, limits) };
    if (command !== "answer-poll") return unreadable('"command" is new-poll or answer-poll');
    if (!answers.every((answer) => typeof answer === "boolean")) return unreadable('"answers" are true or false');
    return { type: command, id, answers };
  });
}

function readQuestion({ question }: JsonObject, answers: readonly unknown[], { textBytes }: PollLimits) {
  const options = answers.map((answer) =>
    textOf(isJsonObject(answer) ? answer.name : undefined, "an answer", textBytes),
  );
  return { question: textOf(question, "the question", textBytes), options };
}

function textOf(value: unknown, what: string, maxBytes: number): string {
  if (typeof value !== "string") return unreadable(`${what} is a text`);
  const bytes = Buffer.byteLength(value);
  return bytes > maxBytes ? unreadable(`${what} has at most ${maxBytes} bytes, found ${bytes}`) : value.toWellFormed();
}

export function writeNewPoll(host: string, poll: Poll): Outgoing {
  const answers = poll.options.map((name) => ({ name }));
  return writeJsonMessage(host, { type: "polls", command: "new-poll", ...headOf(poll), answers });
}

export function writeAnswer(host: string, poll: Poll, { voter, name, answers }: Vote): Outgoing {
  const senderName = name === "" ? undefined : name;
  const json = { type: "polls", command: "answer-poll", pollId: poll.id, senderId: voter, senderName, answers };
  return writeJsonMessage(host, json);
}

/** What newcomers are told; in several messages where it is much. */
export function writeOldPolls(host: string, polls: Iterable<Poll>, charactersAtMost: number): readonly Outgoing[] {
  const messages: Outgoing[] = [];
  let gathered: object[] = [];
  let characters = 0;
  const flush = () => {
    if (gathered.length > 0)
      messages.push(writeJsonMessage(host, { type: "polls", command: "old-polls", polls: gathered }));
    gathered = [];
    characters = 0;
  };
  for (const poll of polls) {
    const written = {
      ...headOf(poll),
      answers: poll.options.map((name, index) => ({ name, voters: votersOf(poll, index) })),
    };
    const length = JSON.stringify(written).length;
    if (characters + length > charactersAtMost) flush();
    gathered.push(written);
    characters += length;
  }
  flush();
  return messages;
}

function headOf({ id, sender, senderName, question }: Poll) {
  return { pollId: id, senderId: sender, senderName: senderName === "" ? undefined : senderName, question };
}

function votersOf({ votes }: Poll, option: number) {
  const chosen = [...votes.values()].filter(({ answers }) => answers[option] === true);
  return chosen.map(({ voter, name }) => ({ id: voter, name: name === "" ? undefined : name }));
}
