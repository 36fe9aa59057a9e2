"""The first schema.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
LANES = 256


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String(length=400), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_table(
        "inbox_lanes",
        sa.Column("lane", INTEGER, autoincrement=False, nullable=False),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("next_attempt_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("lane", name=op.f("pk_inbox_lanes")),
    )
    op.create_table(
        "oauth_apps",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("website", sa.String(length=2000), nullable=True),
        sa.Column("redirect_uris", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_apps")),
        sa.UniqueConstraint("client_id", name=op.f("uq_oauth_apps_client_id")),
    )
    op.create_table(
        "peers",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("software", sa.String(length=100), nullable=True),
        sa.Column("software_checked_at", INSTANT, nullable=True),
        sa.Column("signature_scheme", sa.String(length=20), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peers")),
        sa.UniqueConstraint("host", name=op.f("uq_peers_host")),
    )
    op.create_table(
        "server_state",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("number", INTEGER, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_server_state")),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    op.create_index("ix_sign_in_failures_subject", "sign_in_failures", ["subject"], unique=False)

    op.create_table(
        "tombstones",
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("actor_uri", sa.String(length=2048), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("uri", "actor_uri", name=op.f("pk_tombstones")),
    )
    op.create_index("ix_tombstones_at", "tombstones", ["at"], unique=False)

    op.create_table(
        "actors",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("username", sa.String(length=200), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("peer_id", INTEGER, nullable=True),
        sa.Column("display_name", sa.String(length=400), nullable=False),
        sa.Column("summary_html", sa.Text(), nullable=False),
        sa.Column("summary_source", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("inbox_url", sa.String(length=2048), nullable=False),
        sa.Column("shared_inbox_url", sa.String(length=2048), nullable=True),
        sa.Column("outbox_url", sa.String(length=2048), nullable=True),
        sa.Column("followers_url", sa.String(length=2048), nullable=True),
        sa.Column("moderators_url", sa.String(length=2048), nullable=True),
        sa.Column("is_locked", sa.Boolean(), nullable=False),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.Column("is_discoverable", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=True),
        sa.Column("fetched_at", INSTANT, nullable=True),
        sa.Column("deleted_at", INSTANT, nullable=True),
        sa.Column("suspended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_actors_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actors")),
        sa.UniqueConstraint("uri", name=op.f("uq_actors_uri")),
    )
    op.create_index("ix_actors_handle", "actors", ["username", "host"], unique=False)
    op.create_index("ix_actors_peer_id", "actors", ["peer_id"], unique=False)
    op.create_index(
        "uq_actors_local_name",
        "actors",
        ["username"],
        unique=True,
        sqlite_where=sa.text("peer_id IS NULL"),
        postgresql_where=sa.text("peer_id IS NULL"),
    )

    op.create_table(
        "delivery_queues",
        sa.Column("peer_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("next_attempt_at", INSTANT, nullable=True),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("last_success_at", INSTANT, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("has_gap", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_delivery_queues_peer_id")),
        sa.PrimaryKeyConstraint("peer_id", name=op.f("pk_delivery_queues")),
    )
    op.create_table(
        "inbox_activities",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("activity_uri", sa.String(length=2048), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("peer_id", INTEGER, nullable=False),
        sa.Column("actor_uri", sa.String(length=2048), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("key_uri", sa.String(length=2048), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", INSTANT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_inbox_activities_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_activities")),
        sa.UniqueConstraint("activity_uri", "actor_uri", name=op.f("uq_inbox_activities_activity_uri_actor_uri")),
    )
    op.create_index(
        "ix_inbox_activities_pending",
        "inbox_activities",
        ["lane", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_inbox_activities_received", "inbox_activities", ["received_at"], unique=False)

    op.create_table(
        "accounts",
        sa.Column("actor_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=True),
        sa.Column("default_visibility", sa.String(length=20), nullable=False),
        sa.Column("default_sensitive", sa.Boolean(), nullable=False),
        sa.Column("default_language", sa.String(length=20), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("suspended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_accounts_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_accounts_email")),
    )
    op.create_table(
        "activities",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("actor_id", INTEGER, nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("community_id", INTEGER, nullable=True),
        sa.Column("post_id", INTEGER, nullable=True),
        sa.Column("has_content", sa.Boolean(), nullable=False),
        sa.Column("in_outbox", sa.Boolean(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=44), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_activities_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
        sa.UniqueConstraint("uri", name=op.f("uq_activities_uri")),
    )
    op.create_index("ix_activities_outbox", "activities", ["actor_id", "id"], unique=False)
    op.create_index(
        "ix_activities_passing",
        "activities",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("in_outbox = 0"),
        postgresql_where=sa.text("NOT in_outbox"),
    )
    op.create_index("ix_activities_post_id", "activities", ["post_id"], unique=False)

    op.create_table(
        "actor_keys",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("actor_id", INTEGER, nullable=False),
        sa.Column("key_uri", sa.String(length=2048), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("public_text", sa.Text(), nullable=False),
        sa.Column("private_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("fetched_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_actor_keys_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actor_keys")),
        sa.UniqueConstraint("key_uri", name=op.f("uq_actor_keys_key_uri")),
    )
    op.create_index("ix_actor_keys_actor_id", "actor_keys", ["actor_id"], unique=False)

    op.create_table(
        "communities",
        sa.Column("actor_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("is_local", sa.Boolean(), nullable=False),
        sa.Column("visibility", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("label", INTEGER, nullable=False),
        sa.Column("opens_history", sa.Boolean(), nullable=False),
        sa.Column("hosts_only", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_communities_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_communities")),
    )
    op.create_table(
        "follows",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("follower_id", INTEGER, nullable=False),
        sa.Column("target_id", INTEGER, nullable=False),
        sa.Column("follower_peer_id", INTEGER, nullable=True),
        sa.Column("activity_uri", sa.String(length=2048), nullable=False),
        sa.Column("is_accepted", sa.Boolean(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.Column("shows_reblogs", sa.Boolean(), nullable=False),
        sa.Column("notifies", sa.Boolean(), nullable=False),
        sa.Column("list_title", sa.String(length=200), nullable=True),
        sa.Column("list_hidden", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["follower_id"], ["actors.id"], name=op.f("fk_follows_follower_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["follower_peer_id"], ["peers.id"], name=op.f("fk_follows_follower_peer_id")),
        sa.ForeignKeyConstraint(["target_id"], ["actors.id"], name=op.f("fk_follows_target_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
        sa.UniqueConstraint("follower_id", "target_id", name=op.f("uq_follows_follower_id_target_id")),
    )
    op.create_index("ix_follows_target", "follows", ["target_id", "is_accepted", "id"], unique=False)
    op.create_index("ix_follows_target_peer", "follows", ["target_id", "follower_peer_id"], unique=False)

    op.create_table(
        "markers",
        sa.Column("actor_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("timeline", sa.String(length=20), nullable=False),
        sa.Column("last_read_id", INTEGER, nullable=False),
        sa.Column("version", INTEGER, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_markers_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("actor_id", "timeline", name=op.f("pk_markers")),
    )
    op.create_table(
        "oauth_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("app_id", INTEGER, nullable=False),
        sa.Column("actor_id", INTEGER, nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("challenge", sa.String(length=128), nullable=True),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_oauth_codes_actor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["app_id"], ["oauth_apps.id"], name=op.f("fk_oauth_codes_app_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_oauth_codes")),
    )
    op.create_table(
        "oauth_tokens",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("app_id", INTEGER, nullable=True),
        sa.Column("actor_id", INTEGER, nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_oauth_tokens_actor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["app_id"], ["oauth_apps.id"], name=op.f("fk_oauth_tokens_app_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_oauth_tokens_token_hash")),
    )
    op.create_index("ix_oauth_tokens_actor_id", "oauth_tokens", ["actor_id"], unique=False)
    op.create_index("ix_oauth_tokens_code_hash", "oauth_tokens", ["code_hash"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("actor_id", INTEGER, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_sessions_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_actor_id", "sessions", ["actor_id"], unique=False)

    op.create_table(
        "sign_in_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("actor_id", INTEGER, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_sign_in_links_actor_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_links")),
    )
    op.create_table(
        "dead_deliveries",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("peer_id", INTEGER, nullable=False),
        sa.Column("activity_id", INTEGER, nullable=False),
        sa.Column("inbox_url", sa.String(length=2048), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_dead_deliveries_activity_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_dead_deliveries_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_deliveries")),
    )
    op.create_index("ix_dead_deliveries_activity_id", "dead_deliveries", ["activity_id"], unique=False)
    op.create_index("ix_dead_deliveries_at", "dead_deliveries", ["at"], unique=False)
    op.create_index("ix_dead_deliveries_peer_id", "dead_deliveries", ["peer_id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("peer_id", INTEGER, nullable=False),
        sa.Column("order_key", INTEGER, nullable=False),
        sa.Column("activity_id", INTEGER, nullable=False),
        sa.Column("inbox_url", sa.String(length=2048), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_deliveries_activity_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_deliveries_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_activity_id", "deliveries", ["activity_id"], unique=False)
    op.create_index("ix_deliveries_peer", "deliveries", ["peer_id", "id"], unique=False)

    op.create_table(
        "posts",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("author_id", INTEGER, nullable=False),
        sa.Column("peer_id", INTEGER, nullable=True),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("community_id", INTEGER, nullable=True),
        sa.Column("parent_id", INTEGER, nullable=True),
        sa.Column("parent_uri", sa.String(length=2048), nullable=True),
        sa.Column("thread_id", INTEGER, nullable=True),
        sa.Column("shared_post_id", INTEGER, nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=400), nullable=True),
        sa.Column("content_html", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("spoiler", sa.Text(), nullable=False),
        sa.Column("is_sensitive", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=True),
        sa.Column("label", INTEGER, nullable=False),
        sa.Column("mentioned", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("app_name", sa.String(length=200), nullable=True),
        sa.Column("app_website", sa.String(length=2000), nullable=True),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("edited_at", INSTANT, nullable=True),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("deleted_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["actors.id"], name=op.f("fk_posts_author_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.actor_id"], name=op.f("fk_posts_community_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["posts.id"], name=op.f("fk_posts_parent_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_posts_peer_id")),
        sa.ForeignKeyConstraint(
            ["shared_post_id"], ["posts.id"], name=op.f("fk_posts_shared_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("uri", name=op.f("uq_posts_uri")),
    )
    op.create_index("ix_posts_author", "posts", ["author_id", "id"], unique=False)
    op.create_index("ix_posts_community", "posts", ["community_id", "id"], unique=False)
    op.create_index(
        "ix_posts_parent_id",
        "posts",
        ["parent_id"],
        unique=False,
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index("ix_posts_parent_uri", "posts", ["parent_uri"], unique=False)
    op.create_index("ix_posts_shared_post_id", "posts", ["shared_post_id"], unique=False)
    op.create_index("ix_posts_thread_id", "posts", ["thread_id"], unique=False)
    op.create_index("uq_posts_idempotency", "posts", ["author_id", "idempotency_key"], unique=True)
    op.create_index("uq_posts_wrapper", "posts", ["author_id", "shared_post_id"], unique=True)

    op.create_table(
        "bookmarks",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("actor_id", INTEGER, nullable=False),
        sa.Column("post_id", INTEGER, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_bookmarks_actor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_bookmarks_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookmarks")),
        sa.UniqueConstraint("post_id", "actor_id", name=op.f("uq_bookmarks_post_id_actor_id")),
    )
    op.create_index("ix_bookmarks_actor", "bookmarks", ["actor_id", "id"], unique=False)

    op.create_table(
        "feed_entries",
        sa.Column("feed_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("entry_id", INTEGER, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["posts.id"], name=op.f("fk_feed_entries_entry_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("feed_id", "entry_id", name=op.f("pk_feed_entries")),
    )
    op.create_index("ix_feed_entries_entry_id", "feed_entries", ["entry_id"], unique=False)

    op.create_table(
        "likes",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("actor_id", INTEGER, nullable=False),
        sa.Column("post_id", INTEGER, nullable=False),
        sa.Column("activity_uri", sa.String(length=2048), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_likes_actor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_likes_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_likes")),
        sa.UniqueConstraint("post_id", "actor_id", name=op.f("uq_likes_post_id_actor_id")),
    )
    op.create_index("ix_likes_activity_uri", "likes", ["activity_uri"], unique=False)
    op.create_index("ix_likes_actor", "likes", ["actor_id", "id"], unique=False)

    op.create_table(
        "notifications",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("recipient_id", INTEGER, nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("actor_id", INTEGER, nullable=False),
        sa.Column("post_id", INTEGER, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_notifications_actor_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_notifications_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["actors.id"], name=op.f("fk_notifications_recipient_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index("ix_notifications_post_id", "notifications", ["post_id"], unique=False)
    op.create_index("ix_notifications_recipient", "notifications", ["recipient_id", "id"], unique=False)
    op.create_index(
        "uq_notifications_once", "notifications", ["recipient_id", "type", "actor_id", "post_id"], unique=True
    )

    op.create_table(
        "post_versions",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("post_id", INTEGER, nullable=False),
        sa.Column("title", sa.String(length=400), nullable=True),
        sa.Column("content_html", sa.Text(), nullable=False),
        sa.Column("spoiler", sa.Text(), nullable=False),
        sa.Column("is_sensitive", sa.Boolean(), nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_versions_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_versions")),
    )
    op.create_index("ix_post_versions_post_id", "post_versions", ["post_id"], unique=False)

    op.bulk_insert(sa.table("inbox_lanes", sa.column("lane")), [{"lane": lane} for lane in range(LANES)])


def downgrade() -> None:
    op.drop_table("post_versions")
    op.drop_table("notifications")
    op.drop_table("likes")
    op.drop_table("feed_entries")
    op.drop_table("bookmarks")
    op.drop_table("posts")
    op.drop_table("deliveries")
    op.drop_table("dead_deliveries")
    op.drop_table("sign_in_links")
    op.drop_table("sessions")
    op.drop_table("oauth_tokens")
    op.drop_table("oauth_codes")
    op.drop_table("markers")
    op.drop_table("follows")
    op.drop_table("communities")
    op.drop_table("actor_keys")
    op.drop_table("activities")
    op.drop_table("accounts")
    op.drop_table("inbox_activities")
    op.drop_table("delivery_queues")
    op.drop_table("actors")
    op.drop_table("tombstones")
    op.drop_table("sign_in_failures")
    op.drop_table("server_state")
    op.drop_table("peers")
    op.drop_table("oauth_apps")
    op.drop_table("inbox_lanes")
    op.drop_table("audit_entries")
