"""The host's side of a sandbox, whatever the supervisors run in.

link.py     a byte stream to one supervisor
talk.py     the frames of one sample over a link
slot.py     a candidate's and a judge's supervisor, and conversations between them
styles.py   how each style of tests is carried out on a slot
pool.py     a queue over all slots: order, retries, cancellation
"""
