/*
 * The version of the protocol between a server and its clients: it changes
 * when an older peer would misunderstand, and is checked in hello. What is
 * said is in vigie-protocol(7).
 */
#ifndef BASE_PROTOCOL_H
#define BASE_PROTOCOL_H

#define PROTOCOL_VERSION 1

#endif
