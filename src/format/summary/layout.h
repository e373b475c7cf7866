/* The bytes of a summary, shared by who writes and who reads it. See docs/MIME.md. */
#ifndef FORMAT_SUMMARY_LAYOUT_H
#define FORMAT_SUMMARY_LAYOUT_H

#include "format/summary.h"

/* Numbers are little-endian. Head: u8 version, u8 wide, u16 flags, u8 importance, u8 0, i16 zone,
   i64 sent, u32 size, u32 header size, u32 body lines. Then an (offset, length) for each field, as
   u16 or, when wide, u32; offsets count from the end of this table. Then the bytes; fields may
   share them. */
enum { SUMMARY_HEAD_BYTES = 28, SUMMARY_NARROW_MAX = 65535 };

/* First byte of a part: kind in bits 0-1, encoding in bits 2-4, attachment in bit 5. */
enum { SUMMARY_ENCODING_SHIFT = 2, SUMMARY_ATTACHMENT_BIT = 32 };

#endif
