export const help = `Usage: npm run webhooks -- <command> …        in containers: docker compose run --rm webhooks-admin <command> …

  add <name> <https://…> --facts 'participant.joined,participant.left' [--room "5a"]… [--tenant <tenant>]
                        [--mode structured|binary] [--from <time>]
                        a new endpoint; prints the key that requests are signed with, once. Facts are those of
                        proto/README.md: "participant.joined", whole entities ("participant", "recording", "sip"),
                        "conference" (all of them), "service", "chat" or "chat.public". --room is a name or an id, and
                        may be given several times. --from begins with what is kept since then.
  list                  all endpoints: how delivery goes, how many facts wait
  test <name>           sends a ping, and says what was answered
  enable <name> [--skip]
                        sends again to one that was disabled, or at once to one that waits for its next try;
                        --skip leaves out the fact that is not accepted
  rotate-secret <name> [--keep 24h]
                        a new key; requests are signed with the former one too for so long (30 days at most, 0: not at all)
  redeliver <name> --from <time> [--to <time>]
                        sends the facts of that time once more, with the ids they had
  remove <name>         nothing more is sent to it

Times are like 2026-11-01T08:00 (of this machine's clock; UTC in containers), or with a zone: 2026-11-01T08:00+03:00.

  --json                prints what was answered
`;
