"""The first containers of a service, started by whoever deploys it.

They come up while the controller does; it finds them as it finds those of a controller that died.
"""

from __future__ import annotations

import threading

from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker import naming
from aml_nb.engines.docker.deployment import Deployment
from aml_nb.engines.docker.fleet.generation import Generation, Memory
from aml_nb.engines.docker.fleet.hands import discard, make
from aml_nb.engines.docker.fleet.replica import Replica
from aml_nb.engines.folder import Keys, ServiceFolder


def begin(folder: ServiceFolder, deployment: Deployment, keys: Keys) -> None:
    """Start the replicas that a service begins with.

    Raises
    ------
    WebserviceException : Docker could not start one; then none is left.
    """
    generation = Generation.of(deployment)
    names = [naming.container_name(deployment.spec, folder.root) for _ in range(generation.least())]
    replicas = [Replica(generation, name) for name in names]
    failures: list[BaseException] = []

    def start(replica: Replica) -> None:
        try:
            make(clients.connect(), folder, replica, keys)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start, args=(replica,)) for replica in replicas]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        for replica in replicas:
            discard(clients.connect(), replica.name)
        raise failures[0]
    Memory(deployment, generation.base).write(folder.path)
