//! The tables as diesel sees them. `tests/schema` compares this with what the migrations really make, on both databases.

diesel::table! {
    /// What the installation decided, one row a key.
    settings (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    /// Who may do a thing alone right now (job worker, sealer); free when `until` has passed.
    leases (name) {
        name -> Text,
        holder -> Text,
        until -> BigInt,
    }
}

diesel::table! {
    /// The organisations that one installation serves.
    customers (id) {
        id -> BigInt,
        name -> Text,
        name_key -> Text,
        created_at -> BigInt,
        changed_at -> BigInt,
        archived_at -> BigInt,
    }
}

diesel::table! {
    /// People: device holders and administrators alike.
    users (id) {
        id -> BigInt,
        customer_id -> BigInt,
        customer_key -> Text,
        name -> Text,
        name_key -> Text,
        email -> Text,
        email_key -> Text,
        phone -> Text,
        phone_digits -> Text,
        status -> SmallInt,
        source -> SmallInt,
        domain -> Text,
        tfa -> SmallInt,
        ownership -> SmallInt,
        device_count -> BigInt,
        last_login_at -> BigInt,
        password_changed_at -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
        deleted_at -> BigInt,
        search -> Text,
    }
}

diesel::table! {
    /// Changes to the number of users of the whole installation; the sum is the number. A job folds old rows into one.
    user_totals (id) {
        id -> BigInt,
        present -> BigInt,
    }
}

diesel::table! {
    /// Changes to the number of users of a customer; the sum is the number. A job folds old rows into one.
    user_counts (id) {
        id -> BigInt,
        customer_id -> BigInt,
        present -> BigInt,
        deleted -> BigInt,
    }
}

diesel::table! {
    /// What a person has chosen for themselves; no row: nothing yet.
    preferences (user_id) {
        user_id -> BigInt,
        single_keys -> Bool,
    }
}

diesel::table! {
    /// What a person signs in with; no row: cannot sign in with a password.
    credentials (user_id) {
        user_id -> BigInt,
        password_hash -> Binary,
        password_must_change -> Bool,
        password_expires_at -> BigInt,
        totp_secret -> Binary,
        totp_last_step -> BigInt,
        totp_due_at -> BigInt,
    }
}

diesel::table! {
    /// Ten a person, each good once in place of a code.
    recovery_codes (id) {
        id -> BigInt,
        user_id -> BigInt,
        code_hash -> Binary,
        spent_at -> BigInt,
    }
}

diesel::table! {
    /// Named sets of permissions. Those with a `builtin` word get theirs from access/policy.rs, the others from role_permissions.
    roles (id) {
        id -> BigInt,
        name -> Text,
        name_key -> Text,
        builtin -> Text,
        may_sign_in -> Bool,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    /// The permissions of a custom role.
    role_permissions (role_id, permission) {
        role_id -> BigInt,
        permission -> Text,
    }
}

diesel::table! {
    /// Who holds which role; `all_customers` or those listed in role_assignment_customers.
    role_assignments (id) {
        id -> BigInt,
        user_id -> BigInt,
        role_id -> BigInt,
        all_customers -> Bool,
        created_at -> BigInt,
    }
}

diesel::table! {
    /// The customers that an assignment is limited to.
    role_assignment_customers (assignment_id, customer_id) {
        assignment_id -> BigInt,
        customer_id -> BigInt,
    }
}

diesel::table! {
    /// Who is signed in where, under the hash of the cookie.
    sessions (id) {
        id -> BigInt,
        token_hash -> Binary,
        binding -> Binary,
        user_id -> BigInt,
        level -> SmallInt,
        created_at -> BigInt,
        seen_at -> BigInt,
        stepped_up_at -> BigInt,
        expires_at -> BigInt,
        address -> Text,
        browser -> Text,
    }
}

diesel::table! {
    /// Browsers a person has fully signed in from; their guesses are counted apart.
    known_browsers (id) {
        id -> BigInt,
        token_hash -> Binary,
        binding -> Binary,
        user_id -> BigInt,
        created_at -> BigInt,
        seen_at -> BigInt,
    }
}

diesel::table! {
    /// Failed secrets per lane (account, address, known browser); see access/throttle.rs.
    guess_counters (lane) {
        lane -> Text,
        failures -> BigInt,
        last_failure_at -> BigInt,
        blocked_until -> BigInt,
    }
}

diesel::table! {
    /// Set-up, activation and recovery links, under the hash of their secret.
    one_time_links (id) {
        id -> BigInt,
        kind -> SmallInt,
        user_id -> Nullable<BigInt>,
        token_hash -> Binary,
        binding -> Binary,
        created_at -> BigInt,
        expires_at -> BigInt,
        spent_at -> BigInt,
        voided_at -> BigInt,
    }
}

diesel::table! {
    /// Mails, from being written to what came of them. `body` is sealed; `link_id` is 0 where there is no link in it.
    mails (id) {
        id -> BigInt,
        kind -> Text,
        user_id -> Nullable<BigInt>,
        recipient -> Text,
        recipient_key -> Text,
        subject -> Text,
        message_id -> Text,
        body -> Binary,
        state -> SmallInt,
        attempts -> BigInt,
        created_at -> BigInt,
        due_at -> BigInt,
        ended_at -> BigInt,
        held_by -> Text,
        held_until -> BigInt,
        answer -> Text,
        link_id -> BigInt,
        link_expires_at -> BigInt,
        link_used_at -> BigInt,
    }
}

diesel::table! {
    /// Who asked for a recovery link, whoever they are. A worker looks whether it is somebody.
    recovery_requests (id) {
        id -> BigInt,
        email_key -> Text,
        address -> Text,
        request_id -> Text,
        created_at -> BigInt,
        answered_at -> BigInt,
    }
}

diesel::table! {
    /// A form sent after its session ended, encrypted, until the same person has signed in again.
    kept_forms (id) {
        id -> BigInt,
        token_hash -> Binary,
        user_id -> BigInt,
        page -> Text,
        body -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    /// Devices that an import named for a user, before they enrol. `identity` is the serial, else name and platform.
    expected_devices (id) {
        id -> BigInt,
        user_id -> BigInt,
        identity -> Text,
        name -> Text,
        serial -> Text,
        platform -> SmallInt,
        ownership -> SmallInt,
        created_at -> BigInt,
        operation_id -> BigInt,
        is_gone -> Bool,
    }
}

diesel::table! {
    /// What was (or is planned to be) done in one go.
    operations (id) {
        id -> BigInt,
        kind -> Text,
        state -> SmallInt,
        actor_id -> Nullable<BigInt>,
        actor_name -> Text,
        address -> Text,
        request_id -> Text,
        created_at -> BigInt,
        started_at -> BigInt,
        finished_at -> BigInt,
        expires_at -> BigInt,
        planned -> BigInt,
        done -> BigInt,
        skipped -> BigInt,
        details -> Text,
        salt -> Binary,
        undoes -> Nullable<BigInt>,
        unchanged -> BigInt,
    }
}

diesel::table! {
    /// One object of an operation: the fields before and after (JSON), or why it is skipped.
    operation_rows (operation_id, object_id) {
        operation_id -> BigInt,
        object_id -> BigInt,
        label -> Text,
        verdict -> SmallInt,
        before -> Text,
        after -> Text,
        reason -> Text,
    }
}

diesel::table! {
    /// Evidence: who did what, when, from where. Never changed or deleted; personal values lie in audit_values.
    audit (id) {
        id -> BigInt,
        at -> BigInt,
        actor_id -> BigInt,
        address -> Text,
        request_id -> Text,
        action -> Text,
        object_kind -> Text,
        object_id -> BigInt,
        customer_id -> BigInt,
        operation_id -> BigInt,
        outcome -> SmallInt,
        values_hash -> Binary,
    }
}

diesel::table! {
    /// The personal part of an audit row: salted, so that emptying it leaves the hash beside it provable and mute.
    audit_values (audit_id) {
        audit_id -> BigInt,
        salt -> Binary,
        data -> Text,
    }
}

diesel::table! {
    /// The seals of the audit, a chain; see features/audit/chain.rs.
    audit_seals (number) {
        number -> BigInt,
        at -> BigInt,
        first_id -> BigInt,
        last_id -> BigInt,
        settled_id -> BigInt,
        gaps -> Text,
        late -> Text,
        hashes -> Binary,
        mac -> Binary,
    }
}

diesel::table! {
    /// What stands in place of the seals up to `number` once their rows are past their time.
    audit_checkpoints (number) {
        number -> BigInt,
        at -> BigInt,
        last_id -> BigInt,
        removed -> BigInt,
        seal_mac -> Binary,
        mac -> Binary,
    }
}

diesel::table! {
    /// Refusals of one minute; once it is over they become one row of the audit.
    audit_tallies (action, object_kind, object_id, minute) {
        action -> Text,
        object_kind -> Text,
        object_id -> BigInt,
        minute -> BigInt,
        customer_id -> BigInt,
        address -> Text,
        times -> BigInt,
    }
}

diesel::table! {
    /// Work in the background. A worker holds a job while `locked_until` is ahead.
    jobs (id) {
        id -> BigInt,
        kind -> Text,
        subject_id -> BigInt,
        state -> SmallInt,
        attempts -> BigInt,
        run_at -> BigInt,
        locked_by -> Text,
        locked_until -> BigInt,
        created_at -> BigInt,
        finished_at -> BigInt,
        actor_id -> Nullable<BigInt>,
        address -> Text,
        request_id -> Text,
        done -> BigInt,
        total -> BigInt,
        cancel -> Bool,
        problem -> Text,
    }
}

diesel::table! {
    /// One uploaded file and what is to become of it. Its rows are staged apart.
    imports (id) {
        id -> BigInt,
        operation_id -> Nullable<BigInt>,
        job_id -> BigInt,
        owner_id -> Nullable<BigInt>,
        state -> SmallInt,
        file_name -> Text,
        bytes -> BigInt,
        dialect -> Text,
        mapping -> Text,
        options -> Text,
        counts -> Text,
        problem -> Text,
        created_at -> BigInt,
        changed_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    /// How columns were mapped last time, by the fingerprint of the header.
    import_mappings (fingerprint) {
        fingerprint -> Text,
        mapping -> Text,
        changed_at -> BigInt,
    }
}

diesel::table! {
    /// What is selected in a list: of a session, or pinned for the operation or the report that goes by it. `whole`: all that `query` hits.
    selections (id) {
        id -> BigInt,
        session_id -> Nullable<BigInt>,
        operation_id -> Nullable<BigInt>,
        list -> Text,
        query -> Text,
        whole -> Bool,
        changed_at -> BigInt,
        report_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Single objects of a selection: in it, or left out of what is selected whole.
    selection_items (selection_id, object_id) {
        selection_id -> BigInt,
        object_id -> BigInt,
        included -> Bool,
    }
}

diesel::table! {
    /// An uploaded file, in order.
    upload_chunks (import_id, seq) {
        import_id -> BigInt,
        seq -> BigInt,
        body -> Binary,
    }
}

diesel::table! {
    /// One row of a file with its verdict. `choice` is what the reader chose for it.
    import_rows (import_id, row) {
        import_id -> BigInt,
        row -> BigInt,
        verdict -> SmallInt,
        ticked -> Bool,
        choice -> SmallInt,
        email_key -> Text,
        user_id -> BigInt,
        counts_row -> BigInt,
        device -> Text,
        fields -> Text,
        changes -> Text,
        reasons -> Text,
    }
}

diesel::table! {
    /// Figures of a day for the dashboard; see features/dashboard/model.rs. Customer 0: the whole installation.
    day_figures (customer_id, kind, day) {
        customer_id -> BigInt,
        kind -> SmallInt,
        day -> BigInt,
        figure -> BigInt,
    }
}

diesel::table! {
    /// What a list shows, kept under a name. Without a role it is its owner's alone.
    views (id) {
        id -> BigInt,
        list -> Text,
        owner_id -> BigInt,
        name -> Text,
        name_key -> Text,
        query -> Text,
        role_id -> Nullable<BigInt>,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    /// Files that were asked for: their maker's own until `expires_at`. `run` names the attempt whose pieces are the whole file; 0: none yet.
    reports (id) {
        id -> BigInt,
        job_id -> BigInt,
        owner_id -> BigInt,
        list -> Text,
        query -> Text,
        words -> Text,
        delimiter -> Text,
        file_name -> Text,
        scope -> Text,
        run -> BigInt,
        rows -> BigInt,
        bytes -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    /// A report's file in pieces, of one attempt at it.
    report_chunks (report_id, run, seq) {
        report_id -> BigInt,
        run -> BigInt,
        seq -> BigInt,
        body -> Binary,
    }
}

diesel::table! {
    /// Groups of users, each of one customer.
    user_groups (id) {
        id -> BigInt,
        customer_id -> BigInt,
        name -> Text,
        name_key -> Text,
        created_by -> Nullable<BigInt>,
        created_by_name -> Text,
        created_by_key -> Text,
        created_at -> BigInt,
        changed_at -> BigInt,
        deleted_at -> BigInt,
        member_count -> BigInt,
    }
}

diesel::table! {
    /// Who is in which group.
    group_members (group_id, user_id) {
        group_id -> BigInt,
        user_id -> BigInt,
        name_key -> Text,
        added_at -> BigInt,
        is_deleted -> Bool,
    }
}

diesel::table! {
    /// Changes of a group's number of members that are not in its row yet.
    group_member_changes (id) {
        id -> BigInt,
        group_id -> BigInt,
        change -> BigInt,
    }
}

diesel::table! {
    /// Changes of the number of groups of a customer, and of all (NULL).
    group_totals (id) {
        id -> BigInt,
        customer_id -> Nullable<BigInt>,
        present -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    settings,
    leases,
    customers,
    users,
    user_counts,
    user_totals,
    credentials,
    recovery_codes,
    roles,
    role_permissions,
    role_assignments,
    role_assignment_customers,
    sessions,
    known_browsers,
    guess_counters,
    one_time_links,
    kept_forms,
    expected_devices,
    operations,
    operation_rows,
    audit,
    audit_values,
    audit_seals,
    audit_checkpoints,
    audit_tallies,
    jobs,
    reports,
    imports,
    import_mappings,
    selections,
    selection_items,
    day_figures,
    views,
    preferences,
    user_groups,
    group_members,
    group_member_changes,
    group_totals,
    mails,
    recovery_requests
);

diesel::joinable!(role_assignments -> roles (role_id));
diesel::joinable!(role_assignments -> users (user_id));
diesel::joinable!(credentials -> users (user_id));
diesel::joinable!(preferences -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(users -> customers (customer_id));
diesel::joinable!(audit_values -> audit (audit_id));
diesel::joinable!(user_groups -> customers (customer_id));
diesel::joinable!(group_members -> user_groups (group_id));
diesel::joinable!(group_members -> users (user_id));
