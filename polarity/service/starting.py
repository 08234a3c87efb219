"""`serve`: from nothing to the service, everything that takes long at the same time.

Importing the framework takes as long as a small network takes to load, in a process of its own: the
classifier is begun before. Nothing here imports the framework.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from polarity.classifier import Classifier, build_classifier, close_now
from polarity.service.listening import listening
from polarity.service.logs import logged
from polarity.settings import Settings, again_by, load_settings

Factory = Callable[[Settings], Classifier]


def serve(
    settings: Settings,
    *,
    classifier: Factory = build_classifier,
    again: Callable[[], Settings] = load_settings,
) -> None:
    """Serve until SIGTERM or SIGINT, then answer what is under way and close the classifier.

    Prints the address and a command to try once texts can be labelled. Call it in the main thread.
    SIGHUP, and `POST /admin/reload`, read the settings by `again`; not if their file is gone meanwhile.

    Raises:
        ServiceError: the address cannot be listened on.
        PolarityError: the classifier cannot be loaded.
    """
    with (
        logged(settings.service),
        listening(settings.service) as listener,
        begun(settings, classifier) as building,
    ):
        from polarity.service.server import run

        run(settings, listener, building, again_by(again))


@contextmanager
def begun(settings: Settings, classifier: Factory) -> Iterator[Factory]:
    """Begin to build a classifier, and give what waits for it, and builds each further one.

    What nobody has taken is closed in the end.
    """
    is_taken = False

    def take(wanted: Settings) -> Classifier:
        nonlocal is_taken
        if is_taken:
            return classifier(wanted)
        is_taken = True
        return building.result()

    with ThreadPoolExecutor(1, thread_name_prefix="building") as pool:
        building = pool.submit(classifier, settings)
        try:
            yield take
        finally:
            if not is_taken and not building.exception():
                close_now(building.result())
