"""One layer of attention and one ReLU network, in PyTorch."""

from torch.nn import functional as F
from torch_network import Network


class Uat(Network):
    """Without norms, with learned positions and the sum around attention."""

    def __init__(self, task, weights):
        super().__init__(task, weights)
        self.pack("qkv", ["query", "key", "value"])

    def forward(self, x):
        z = self.linear("lift", x) + self.parameter("P")
        z = z + self.linear("out", self.attention(*self.linear("qkv", z).chunk(3, -1)))
        return self.linear("fc2", F.relu(self.linear("fc1", z)))
