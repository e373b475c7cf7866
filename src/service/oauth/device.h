/* The device authorization grant (RFC 8628): a device without a browser asks, a person allows it at
   another one. */
#ifndef SERVICE_OAUTH_DEVICE_H
#define SERVICE_OAUTH_DEVICE_H

#include "service/oauth/code.h"

enum {
    DEVICE_LIFE_S = 600,
    DEVICE_POLL_S = 5,
    DEVICES_MAX = 10000, /* that wait at a time */
    DEVICE_USER_CODE = 9 /* characters: "WDJB-MJHT" */
};

enum oauth_device_state { DEVICE_WAITS = 1, DEVICE_ALLOWED, DEVICE_DECLINED }; /* stored */

struct oauth_device {
    struct str client;
    uint32_t scopes;
    struct str user_code; /* as it is shown */
    int64_t expires_ms, polled_ms;
    enum oauth_device_state state;
};

/* E_LIMIT past DEVICES_MAX. device_code: in cx->arena, kept as a hash. */
MUST_USE enum code oauth_device_begin(struct ctx *cx, struct oauth *o,
                                      const struct oauth_client *client, uint32_t scopes,
                                      struct str *device_code, struct oauth_device *out);
/* The one that waits for this code, as a person typed it: case, blanks and "-" do not matter.
   E_NOT_FOUND. */
MUST_USE enum code oauth_device_find(struct ctx *cx, struct oauth *o, struct str user_code,
                                     struct oauth_device *out);
/* What the person said; scopes of a are what is granted. E_NOT_FOUND when it has ended. */
MUST_USE enum code oauth_device_decide(struct ctx *cx, struct oauth *o, struct str user_code,
                                       const struct oauth_agreed *a, bool allowed);

/* What a device is told that asks (section 3.5). */
enum oauth_poll { POLL_TOKENS, POLL_PENDING, POLL_SLOWER, POLL_DECLINED, POLL_EXPIRED, POLL_WRONG };
MUST_USE enum code oauth_device_poll(struct ctx *cx, struct oauth *o,
                                     const struct oauth_client *client, struct str device_code,
                                     enum oauth_poll *poll, struct oauth_tokens *out);
/* Inside of service/oauth. */
MUST_USE enum code oauth_device_sweep(struct ctx *cx, struct oauth *o);

#endif
