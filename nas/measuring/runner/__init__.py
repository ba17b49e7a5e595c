"""What measures: the protocol, its loop and its journal, and the command line that boards run.

The package travels to boards inside each bundle, so it is written for Python 3.8 and imports nothing from outside but
the standard library; numpy, onnxruntime and TensorRT are used where they are installed. This machine is measured with
the same modules, so that one protocol holds everywhere: interleaved rounds over groups of loaded models (Google
Benchmark's random interleaving), preempted runs recognised by their context switches, anchors measured in every
group, and every visit on disk before the next begins.
"""
