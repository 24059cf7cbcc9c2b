"""What the service says, of each thing only what the checker needs; other tests look at whole shapes."""

import msgspec


class Message(msgspec.Struct, frozen=True, gc=False):
    """A message, as `MessageBody` of the contract has it."""

    id: str
    thread_id: str
    seq: int
    author_id: str
    client_id: str
    text: str | None
    created_at: str


class Event(msgspec.Struct, frozen=True, gc=False):
    """Any event. What a kind does not have is None."""

    type: str
    seq: int
    message: Message | None = None
    thread_id: str | None = None
    up_to_seq: int | None = None
    pair_id: str | None = None

    def fingerprint(self) -> int:
        """The same for the same event, however it came."""
        if (message := self.message) is None:
            return hash((self.type, self.seq, self.thread_id, self.up_to_seq, self.pair_id))
        return hash((self.seq, message.id, message.seq, message.client_id, message.text, message.created_at))


class Thread(msgspec.Struct, frozen=True, gc=False):
    """A thread, as far as it matters whose it is, and what is told of the other side."""

    id: str
    other_delivered_seq: int | None = None
    other_read_seq: int | None = None
    other_presence: str | None = None

    @property
    def tells_too_much(self) -> bool:
        """Whether it says how far the other side has read, or whether they are there: nobody here lets that be seen."""
        return self.other_read_seq is not None or self.other_presence is not None


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """The answer of `/v1/sync`."""

    epoch: str
    last_seq: int
    next_after: int
    more: bool
    reset_required: bool
    events: list[Event]


read_message = msgspec.json.Decoder(Message).decode
read_thread = msgspec.json.Decoder(Thread).decode
read_stretch = msgspec.json.Decoder(Stretch).decode
read_anything = msgspec.json.Decoder().decode
