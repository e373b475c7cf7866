/* Rows of MTA-STS in the partition of reports: policies of others, and our own. */
#ifndef SERVICE_TRANSPORT_STS_ROW_H
#define SERVICE_TRANSPORT_STS_ROW_H

#include "service/transport/sts/sts.h"
#include "store/key.h"

enum { STS_FAMILY_KEPT = 's', STS_FAMILY_OWN = 'o' };

/* Its key; family as above. */
struct key sts_row_key(char family, struct str domain);
/* The value, in cx->arena. */
struct str sts_row_write(struct ctx *cx, const struct sts_kept *kept);
/* The domain is not in it. Strings in cx->arena. E_CORRUPT. */
MUST_USE enum code sts_row_read(struct ctx *cx, struct str value, struct sts_kept *out);
/* E_NOT_FOUND. */
MUST_USE enum code sts_row_get(struct ctx *cx, struct core *c, char family, struct str domain,
                               struct sts_kept *out);
/* Durable when it returns OK. */
MUST_USE enum code sts_row_put(struct ctx *cx, struct core *c, char family,
                               const struct sts_kept *kept);
/* E_NOT_FOUND. */
MUST_USE enum code sts_row_drop(struct ctx *cx, struct core *c, char family, struct str domain);

#endif
