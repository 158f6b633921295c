"""A load is tried until it is done: others may be in the way, or the connection may break."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from columnar_target.errors import ConcurrentWriteError, StorageError
from target_redshift.warehouse.session import Session
from target_redshift.warehouse.understanding import ConflictError, LostError, RefusedError

ATTEMPTS = 5
"""How often a load is tried."""

PAUSE_SECONDS = 1.0
"""The breaks between two attempts grow by that much."""


@dataclass(frozen=True)
class Attempts:
    """Tries a load.

    Attributes:
        session: What the load speaks through; hung up between two attempts.
        where: The warehouse, for messages.
        entry: What tells that the load took place, for messages.
        logger: Where it is told that a load begins anew.
    """

    session: Session
    where: str
    entry: str
    logger: logging.Logger

    def make(self, load: Callable[[], None], took_place: Callable[[], bool]) -> None:
        """Try until the load is done.

        Args:
            load: Does it, in one transaction, from what the warehouse has by then.
            took_place: Tells whether the transaction was committed.

        Raises:
            ConcurrentWriteError: It could not be done.
            StorageError: Nobody knows whether it is done.
        """
        obstacle = ""
        for attempt in range(ATTEMPTS):
            # two that are in each other's way are not to be in step
            time.sleep(random.uniform(attempt / 2, attempt) * PAUSE_SECONDS)  # noqa: S311
            try:
                load()
            except (ConflictError, LostError) as fault:
                self.session.close()
                obstacle = str(fault)
                if isinstance(fault, LostError) and fault.at_commit and self._found(took_place):
                    return
                self.logger.info("The load is tried anew: %s.", obstacle)
            else:
                return
        raise ConcurrentWriteError(
            f"Could not load into {self.where}: {ATTEMPTS} times, other transactions were in the "
            f"way or the connection broke; the last time: {obstacle}. Nothing of this load is "
            "there, and no state is written: run again when that is over."
        )

    def _found(self, took_place: Callable[[], bool]) -> bool:
        blindness = ""
        for attempt in range(ATTEMPTS):
            time.sleep(attempt * PAUSE_SECONDS)
            try:
                return took_place()
            except (ConflictError, LostError, RefusedError) as fault:
                self.session.close()
                blindness = str(fault)
        raise StorageError(
            f"The connection to {self.where} broke at the commit, and whether it took place could "
            f"not be found out: all of this load is there if {self.entry} is there, else nothing "
            "of it. No state is written: run again; only rows of streams without keys come twice, "
            f"if it is there. What came instead of an answer: {blindness}"
        )
