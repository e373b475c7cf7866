/* More people in the world, and what they grant each other. */
#ifndef TESTS_IMAP_PEOPLE_H
#define TESTS_IMAP_PEOPLE_H

#include "core/directory.h"
#include "world.h"

/* name@example.com. */
uint64_t people_add(struct imap_world *w, const char *name, enum principal_kind kind);
uint64_t people_find(struct imap_world *w, struct str name);
void people_join(struct imap_world *w, uint64_t group, uint64_t member);
/* Of administration: "owner". */
void people_roles(struct imap_world *w, uint64_t who, struct str roles);
/* A folder of mail, with the levels above it. */
void people_folder(struct imap_world *w, uint64_t owner, struct str path);
/* folder "/": the account. who: a name, or "anyone". rights: letters of RFC 4314, or "none". */
void people_grant(struct imap_world *w, uint64_t owner, struct str folder, struct str who,
                  struct str rights);
/* One line of a dialogue: "add help shared", "password help", "join team john",
   "roles john owner", "home help mail2.example" and "home help here",
   "folder board News", "grant jane INBOX john lrs". False for anything else. */
bool people_line(struct imap_world *w, struct str line);

#endif
