const passphrase = `  --passphrase-file <file>   its first line, of 12 characters or more, encrypts the backup (scrypt, AES-256-GCM);
                             or VECHE_BACKUP_PASSPHRASE`;

export const backupHelp = `Usage: npm run backup -- [file] [--without-facts] [--passphrase-file <file>]

Saves accounts, settings, certificates, keys, codes, webhooks, the index of recordings and the facts into one file, while
everything runs. Files of recordings stay where they are: copy their folder too.

  file                       where to; "-": standard output; otherwise veche-<time>.backup.tar here
  --without-facts            without what happened in conferences, texts of chats and life of the services
${passphrase}

Whoever has the file has the installation: it is readable by its owner only, and belongs on another machine.`;

export const restoreHelp = `Usage: npm run restore -- <file> [--force] [--passphrase-file <file>] [--step check]

Puts a backup into an installation that does not run. The whole file is checked before anything is changed.

  --force                    takes the place of an installation that is there
  --step check               only checks the file, and whether something is there
${passphrase}

In containers: sh deploy/backup/restore.sh <file> [--force]`;
