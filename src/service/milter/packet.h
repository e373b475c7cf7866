/* The packets of the milter protocol, version 6: a length, a letter, data. What libmilter's
   mfdef.h names SMFIC_, SMFIR_, SMFIF_ and SMFIP_. Pure. */
#ifndef SERVICE_MILTER_PACKET_H
#define SERVICE_MILTER_PACKET_H

#include "base/buf.h"
#include "base/err.h"

enum {
    MILTER_VERSION = 6,
    MILTER_VERSION_MIN = 2,
    MILTER_PACKET_MAX = 1024 * 1024, /* that a milter may send */
    MILTER_CHUNK = 65535,            /* of a body, at a time */
};

/* What we say. */
enum milter_command {
    MILTER_ABORT = 'A',
    MILTER_BODY = 'B',
    MILTER_CONNECT = 'C',
    MILTER_MACRO = 'D',
    MILTER_BODY_END = 'E',
    MILTER_HELO = 'H',
    MILTER_QUIT_NC = 'K',
    MILTER_HEADER = 'L',
    MILTER_MAIL = 'M',
    MILTER_HEADER_END = 'N',
    MILTER_NEGOTIATE = 'O', /* also the answer to it */
    MILTER_QUIT = 'Q',
    MILTER_RCPT = 'R',
    MILTER_DATA = 'T',
    MILTER_UNKNOWN = 'U',
};

/* What a milter answers. */
enum milter_answer {
    MILTER_ADD_RCPT = '+',
    MILTER_DEL_RCPT = '-',
    MILTER_ADD_RCPT_PAR = '2',
    MILTER_SHUTDOWN = '4',
    MILTER_ACCEPT = 'a',
    MILTER_REPLACE_BODY = 'b',
    MILTER_CONTINUE = 'c',
    MILTER_DISCARD = 'd',
    MILTER_CHANGE_FROM = 'e',
    MILTER_CONNECTION_FAIL = 'f',
    MILTER_ADD_HEADER = 'h',
    MILTER_INSERT_HEADER = 'i',
    MILTER_CHANGE_HEADER = 'm',
    MILTER_PROGRESS = 'p',
    MILTER_QUARANTINE = 'q',
    MILTER_REJECT = 'r',
    MILTER_SKIP = 's',
    MILTER_TEMPFAIL = 't',
    MILTER_REPLY_CODE = 'y',
};

/* What a milter may do to a message. */
enum milter_action {
    ACTION_ADD_HEADERS = 0x01,
    ACTION_CHANGE_BODY = 0x02,
    ACTION_ADD_RCPT = 0x04,
    ACTION_DEL_RCPT = 0x08,
    ACTION_CHANGE_HEADERS = 0x10,
    ACTION_QUARANTINE = 0x20,
    ACTION_CHANGE_FROM = 0x40,
    ACTION_ADD_RCPT_PAR = 0x80,
    ACTIONS_ALL = 0xff,
};

/* What is not sent, and what is not answered. */
enum milter_protocol {
    NO_CONNECT = 0x01,
    NO_HELO = 0x02,
    NO_MAIL = 0x04,
    NO_RCPT = 0x08,
    NO_BODY = 0x10,
    NO_HEADERS = 0x20,
    NO_HEADER_END = 0x40,
    QUIET_HEADER = 0x80,
    NO_UNKNOWN = 0x100,
    NO_DATA = 0x200,
    MAY_SKIP = 0x400,
    QUIET_CONNECT = 0x1000,
    QUIET_HELO = 0x2000,
    QUIET_MAIL = 0x4000,
    QUIET_RCPT = 0x8000,
    QUIET_DATA = 0x10000,
    QUIET_UNKNOWN = 0x20000,
    QUIET_HEADER_END = 0x40000,
    QUIET_BODY = 0x80000,
    LEADING_SPACE = 0x100000,
    /* Not RCPT_REJ: recipients that we refused are none of theirs. */
    PROTOCOL_ALL = 0x1ff7ff,
};

/* Appends a packet of these parts, one after the other. */
void milter_put(struct buf *b, enum milter_command command, const struct str *parts, size_t count);
/* A number as the protocol has it, big-endian, in out. */
struct str milter_u32(uint32_t value, char out[static 4]);

/* The first packet of in. OK: *n bytes of it, *n 0 when it is not whole. E_LIMIT: longer than
   MILTER_PACKET_MAX; E_SYNTAX: empty. */
MUST_USE enum code milter_take(struct ctx *cx, struct str in, char *kind, struct str *data,
                               size_t *n);

/* An answer, read. Slices of data. */
struct milter_reply {
    char kind;
    uint32_t version, actions, protocol; /* NEGOTIATE */
    uint32_t index;                      /* INSERT_HEADER, CHANGE_HEADER */
    struct str name, value;              /* of headers; name: an address, a reason, a reply;
                                            value: its parameters, a body's bytes */
};
/* E_SYNTAX: no answer that the protocol knows, or not in its form. */
MUST_USE enum code milter_reply_read(struct ctx *cx, char kind, struct str data,
                                     struct milter_reply *out);
/* "550 5.7.1 text" of a REPLY_CODE made safe, several lines too, without the last CRLF: in the
   arena, ended by a NUL. E_SYNTAX: not 4xx or 5xx, or not printable. */
MUST_USE enum code milter_reply_text(struct ctx *cx, struct str in, const char **out);

#endif
