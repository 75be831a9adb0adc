export const help = `Usage: npm run hosts -- <command> …        in containers: docker compose run --rm hosts <command> …

  add <role> --name <host> --at <address> … [--for 1h] [--url https://…] [--nats tls://…:4222]
                        lets another host join: prints a token, which is used once. The role is one of videobridge, recorder,
                        sip-gateway, turn, signalling.
                        --at: where this host reaches the other one, an address or a name; more than once where there are several.
                        --for: how long the token may be used, 1m to 7d. --url, --nats: where the other host finds this one, unless
                        PUBLIC_URL or its own address are right.
  list                  which hosts have joined, may join, or were removed
  remove <host>         cuts a host off at once, and its token

On the other host: VECHE_JOIN='<token>' docker compose -f compose/<placement>.yml up -d, or without containers
node deploy/hosts/join.ts --into <folder>, with VECHE_JOIN in the environment.
Exit codes: 0 done, 1 refused, 2 the command was wrong, 3 NATS can't be reached.`;
