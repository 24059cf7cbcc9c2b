"""What the database itself keeps true: a mentor's capacity, an audit trail that only grows."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Serialised by the row lock on the mentor's card: however many pairs begin at once, the last slot goes to one of them.
_CAPACITY = """
CREATE FUNCTION pair_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.state = 'active' AND (TG_OP = 'DELETE' OR NEW.state <> 'active') THEN
        UPDATE mentor_card SET open_pairs = open_pairs - 1 WHERE account_id = OLD.mentor_id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.state = 'active' AND (TG_OP = 'INSERT' OR OLD.state <> 'active') THEN
        UPDATE mentor_card SET open_pairs = open_pairs + 1 WHERE account_id = NEW.mentor_id AND open_pairs < capacity;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the mentor has no free place'
            USING ERRCODE = 'check_violation', TABLE = 'pair', CONSTRAINT = 'ck_pair_within_capacity';
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER pair_counts AFTER INSERT OR DELETE OR UPDATE OF state ON pair
FOR EACH ROW EXECUTE FUNCTION pair_counts();
"""

_FINAL = """
CREATE FUNCTION pair_stays_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state NOT IN ('proposed', 'active') OR NEW.state = 'proposed' AND OLD.state <> 'proposed' THEN
        RAISE EXCEPTION 'a pair does not go from % to %', OLD.state, NEW.state
        USING ERRCODE = 'check_violation', TABLE = 'pair', CONSTRAINT = 'ck_pair_state_forward';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pair_stays_closed BEFORE UPDATE OF state ON pair
FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION pair_stays_closed();
"""

# Looked at when the transaction ends: the mentor's place is taken first, the thread opened after. See the model.
_THREAD = """
CREATE FUNCTION pair_has_thread() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pair WHERE id = NEW.id AND state = 'active' AND thread_id IS NULL) THEN
        RAISE EXCEPTION 'an active pair has a thread'
        USING ERRCODE = 'check_violation', TABLE = 'pair', CONSTRAINT = 'ck_pair_active_has_thread';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER pair_has_thread AFTER INSERT OR UPDATE OF state, thread_id ON pair
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (NEW.state = 'active' AND NEW.thread_id IS NULL) EXECUTE FUNCTION pair_has_thread();
"""

_TRAIL = """
CREATE FUNCTION trail_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail can be added to and not changed'
    USING ERRCODE = 'check_violation', TABLE = 'audit_entry', CONSTRAINT = 'ck_audit_entry_only_grows';
END $$;
CREATE TRIGGER trail_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
FOR EACH STATEMENT EXECUTE FUNCTION trail_only_grows();
"""


def upgrade() -> None:
    for definition in (_CAPACITY, _FINAL, _THREAD, _TRAIL):
        function, _, trigger = definition.partition("END $$;")
        op.execute(function + "END $$;")
        op.execute(trigger)


def downgrade() -> None:
    for name, table in (
        ("trail_only_grows", "audit_entry"),
        ("pair_has_thread", "pair"),
        ("pair_stays_closed", "pair"),
        ("pair_counts", "pair"),
    ):
        op.execute(f"DROP TRIGGER {name} ON {table}")
        op.execute(f"DROP FUNCTION {name}()")
