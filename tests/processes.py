"""For tests in which several do something at once: each in a process of its own, a copy of one in which Django is set
up (tests/ready.py) and that has asked no database anything. Setting it up in each took longer than most of them run."""

import multiprocessing

several = multiprocessing.get_context("forkserver")
several.set_forkserver_preload(["tests.ready"])
