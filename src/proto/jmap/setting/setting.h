/* Settings of the page: small values by key, kept with the account (docs/JMAP_MORE.md). */
#ifndef PROTO_JMAP_SETTING_SETTING_H
#define PROTO_JMAP_SETTING_SETTING_H

#include "proto/jmap/call.h"

extern const struct jmap_type jmap_setting_type;
/* The members of the capability: its limits. */
void jmap_setting_capability(struct ctx *cx, const struct jmap_env *e, account_id account,
                             struct json *j);

#endif
