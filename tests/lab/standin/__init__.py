"""A stand-in Docker Engine: what a client sees of one, without containers.

seed       numbers and names that depend on nothing but their arguments
services   the services of formation-hub and what they look like
container  one container: its state and what is derived from it
daemon     one engine: containers, images, and what can be done to them
events     the event ring and its listeners
shapes     JSON as the Engine API writes it
stats      figures of CPU, memory, network
logs       log lines and their framing
wire       HTTP/1.1 over asyncio, and ways to do it wrongly
api        the Engine API's paths
faults     faults in replies, scoped by path and count
acts       faults in containers and in the engine, and the /_lab paths
sites      the health pages that the services would serve
ctl, main  the command line
testing    what its tests share
"""
