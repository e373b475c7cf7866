/* Calls with no bound, with hidden state, or that cannot tell an error: compile errors here. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef __cplusplus
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok strtok_r gets
#pragma GCC poison atoi atol atoll atof tmpnam mktemp tempnam
#pragma GCC poison gmtime localtime ctime asctime
#endif

#endif
