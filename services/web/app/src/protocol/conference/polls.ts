// Questions to everybody, as JSON to and from the polls component (muc.md 2.14).
import { isRecord, textIn } from "../json.ts";
import type { XmlElement } from "../xml/element.ts";
import { type JsonMessage, jsonMessage } from "./chat.ts";

/** As many as the server takes; what others announce beyond that is cut. */
export const MAX_POLLS = 128;
export const MAX_POLL_OPTIONS = 32;
export const MAX_POLL_TEXT_BYTES = 1024;

export interface PollOption {
  readonly text: string;
  /** Names by endpoint id. */
  readonly voters: ReadonlyMap<string, string>;
}

export interface Poll {
  readonly id: string;
  readonly question: string;
  readonly senderId: string;
  readonly senderName: string;
  readonly options: readonly PollOption[];
}

export type PollMessage =
  | { readonly type: "new"; readonly poll: Poll }
  | { readonly type: "old"; readonly polls: readonly Poll[] }
  | {
      readonly type: "answer";
      readonly id: string;
      readonly voter: string;
      readonly voterName: string;
      readonly answers: readonly boolean[];
    };

export function readPollMessage(json: JsonMessage): PollMessage | undefined {
  if (json.type !== "polls") return undefined;
  switch (json.command) {
    case "new-poll": {
      const poll = readPoll(json);
      return poll && { type: "new", poll };
    }
    case "old-polls": {
      const polls = Array.isArray(json.polls) ? json.polls.slice(0, MAX_POLLS).map(readPoll) : [];
      return { type: "old", polls: polls.filter((each) => each !== undefined) };
    }
    case "answer-poll":
      return readAnswer(json);
    default:
      return undefined;
  }
}

function readPoll(value: unknown): Poll | undefined {
  if (!isRecord(value)) return undefined;
  const { pollId, question, answers } = value;
  if (typeof pollId !== "string" || pollId === "" || typeof question !== "string" || !Array.isArray(answers)) return;
  const options = answers.slice(0, MAX_POLL_OPTIONS).map(readOption);
  if (options.length === 0) return undefined;
  return { id: pollId, question, senderId: textIn(value.senderId), senderName: textIn(value.senderName), options };
}

function readOption(value: unknown): PollOption {
  // COMPAT: older servers of Jitsi send the options as texts.
  if (!isRecord(value)) return { text: textIn(value), voters: new Map() };
  return { text: textIn(value.name), voters: readVoters(value.voters) };
}

/** A list of `{id, name}`, or (COMPAT: Prosody's module) an object of names by id. */
function readVoters(value: unknown): ReadonlyMap<string, string> {
  if (Array.isArray(value)) {
    const voters = value.filter(isRecord).map(({ id, name }): [string, string] => [textIn(id), textIn(name)]);
    return new Map(voters.filter(([id]) => id !== ""));
  }
  return new Map(isRecord(value) ? Object.entries(value).map(([id, name]) => [id, textIn(name)]) : []);
}

function readAnswer({ pollId, senderId, senderName, answers }: JsonMessage): PollMessage | undefined {
  if (typeof pollId !== "string" || typeof senderId !== "string" || !Array.isArray(answers)) return undefined;
  return {
    type: "answer",
    id: pollId,
    voter: senderId,
    voterName: textIn(senderName),
    answers: answers.slice(0, MAX_POLL_OPTIONS).map((each) => each === true),
  };
}

export function newPollMessage(
  component: string,
  messageId: string,
  poll: { readonly id: string; readonly question: string; readonly options: readonly string[] },
): XmlElement {
  const { id: pollId, question, options } = poll;
  const answers = options.map((name) => ({ name }));
  return jsonMessage(component, messageId, { type: "polls", command: "new-poll", pollId, question, answers });
}

export function answerPollMessage(
  component: string,
  messageId: string,
  pollId: string,
  answers: readonly boolean[],
): XmlElement {
  return jsonMessage(component, messageId, { type: "polls", command: "answer-poll", pollId, answers });
}
