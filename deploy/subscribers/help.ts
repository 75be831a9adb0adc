export const help = `Usage: npm run subscribers -- <command> …        in containers: docker compose run --rm subscribers <command> …

  add <name> --read conference[,chat,service,persons]
                        another system may read: conference: what happens in conferences; chat: kept texts of chats;
                        service: the services' own lives; persons: names and addresses of the persons that facts name
  list                  who may read what, and how much each has not read yet
  creds <name>          prints the credentials
  replay <name> [--since 2026-09-01]
                        it reads again, from then or from the oldest that is kept
  remove <name>         cuts it off at once; what it had read is forgotten

How to write a subscriber: proto/README.md.
Exit codes: 0 done, 1 refused, 2 the command was wrong, 3 NATS can't be reached.`;
