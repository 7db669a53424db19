using static TorchSharp.torch;

namespace SpectralEarth.Models.Products;

/// <summary>Attention of all heads of a batch, each of them one thread's work (<see cref="AttentionHead"/>).</summary>
internal static unsafe class TokenHeads
{
    /// <summary>Mixes values for queries.</summary>
    /// <param name="queries">n tokens in each sample.</param>
    /// <param name="keys">N tokens.</param>
    /// <param name="values">N tokens.</param>
    /// <param name="mixed">Receives n tokens.</param>
    /// <param name="logSums">Receives logarithms of the sums of exponentials, [B, h, n, 1], contiguous.</param>
    internal static void Mix(HeadTokens queries, HeadTokens keys, HeadTokens values, HeadTokens mixed, Tensor logSums)
    {
        var sums = (float*)TensorAddress.Of(logSums);
        TensorParts.Run(queries.Heads, index =>
        {
            using var head = new AttentionHead(keys.Count, keys.Size);
            head.Mix(queries[index], keys[index], values[index], mixed[index], sums + ((long)index * queries.Count));
        });
        KeepAlive(logSums, queries, keys, values, mixed);
    }

    /// <summary>Gradients of what <see cref="Mix"/> was given.</summary>
    /// <param name="given">As <see cref="Mix"/> had it.</param>
    /// <param name="outer">Gradient of the mixed tokens.</param>
    /// <param name="logSums">As <see cref="Mix"/> left them.</param>
    /// <param name="gradients">Receives the gradients.</param>
    internal static void Gradient(
        (HeadTokens Queries, HeadTokens Keys, HeadTokens Values, HeadTokens Mixed) given,
        HeadTokens outer,
        Tensor logSums,
        (HeadTokens Queries, HeadTokens Keys, HeadTokens Values) gradients)
    {
        var sums = (float*)TensorAddress.Of(logSums);
        TensorParts.Run(outer.Heads, index =>
        {
            using var head = new AttentionHeadGradient(given.Keys.Count, given.Keys.Size);
            head.Run(
                (given.Queries[index], given.Keys[index], given.Values[index], given.Mixed[index]),
                outer[index],
                sums + ((long)index * outer.Count),
                (gradients.Queries[index], gradients.Keys[index], gradients.Values[index]));
        });
        KeepAlive(logSums, given.Queries, given.Keys, given.Values, given.Mixed, outer, gradients.Queries, gradients.Keys, gradients.Values);
    }

    private static void KeepAlive(Tensor logSums, params ReadOnlySpan<HeadTokens> tokens)
    {
        GC.KeepAlive(logSums);
        foreach (var one in tokens)
            one.KeepAlive();
    }
}
