"""The process that keeps one ACI or AKS service on Docker: replica containers behind HAProxy.

Started detached as ``python -m aml_nb.engines.docker.fleet FOLDER``, it speaks the language of a scoring supervisor: it
holds the folder's lock, reads ``deployment.json`` and ``keys.json`` again on SIGHUP, takes everything down on SIGTERM
and tells ``state.json`` how things stand. When it dies, containers and HAProxy go on serving; another one takes both
over.

    __main__.py     the process
    controller.py   hears what happens and tells the front and the state
    fleet.py        what follows: replicas come, go, are replaced, revisions roll out
    generation.py   the containers of one revision, and what is remembered of them
    crew.py         the replicas, old and new
    replica.py      one container as the controller sees it
    inbox.py        events, from threads to the controller
    report.py       state.json and service.log
    hands.py        the work at Docker's, in threads; what comes of it arrives as events
    watch.py        looks at the containers again and again, also while the daemon is away
    balance.py      what the front is told, and what it tells: load for the autoscaler
    probing.py      liveness probes
    network.py      the network that a workspace's replicas are in
    first.py        the first containers of a service, started by whoever deploys it
"""
