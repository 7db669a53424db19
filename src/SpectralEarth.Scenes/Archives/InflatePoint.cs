namespace SpectralEarth.Scenes.Archives;

/// <summary>What an <see cref="Inflater"/> does next.</summary>
internal enum InflateStage : byte
{
    /// <summary>Read the header of a gzip member.</summary>
    Member,
    /// <summary>Read the header of a block.</summary>
    Block,
    /// <summary>Copy bytes of a stored block.</summary>
    Stored,
    /// <summary>Decode symbols of a block.</summary>
    Coded,
    /// <summary>Read what follows the last block.</summary>
    End,
    /// <summary>Nothing.</summary>
    Finished,
}

/// <summary>State of an <see cref="Inflater"/> between two bytes, from which another one can go on.</summary>
internal record struct InflatePoint
{
    /// <summary>Bit of the packed file.</summary>
    public required long BitPosition { get; init; }

    /// <summary>What comes next.</summary>
    public required InflateStage Stage { get; set; }

    /// <summary>True inside the last block.</summary>
    public bool IsLastBlock { get; set; }

    /// <summary>Bytes of a stored block that are left.</summary>
    public int StoredLeft { get; set; }

    /// <summary>Bytes of a repetition that are left.</summary>
    public int CopyLeft { get; set; }

    /// <summary>How far back the repetition lies.</summary>
    public int CopyDistance { get; set; }

    /// <summary>Lengths of the codes of the block, first of literals, then of distances; null outside coded blocks.</summary>
    public byte[]? CodeLengths { get; set; }

    /// <summary>How many of the lengths belong to literals.</summary>
    public int LiteralCodes { get; set; }

    /// <summary>Bytes that were unpacked of this member, all of which repetitions may reach within the window.</summary>
    public long History { get; set; }

    /// <summary>The last bytes that were unpacked.</summary>
    public required byte[] Window { get; init; }
}
