namespace SpectralEarth.Models.Work;

/// <summary>What the decoder of a masked autoencoder takes for a batch, without the prediction of pixels.</summary>
/// <param name="Linear">Operations of linear layers.</param>
/// <param name="Attention">Operations of scores and mixtures.</param>
/// <param name="Parameters">Trained parameters of embedding and blocks.</param>
/// <param name="Tokens">Tokens of a patch that go through the first block.</param>
internal sealed record DecoderWork(double Linear, double Attention, long Parameters, double Tokens)
{
    /// <summary>Work of a decoder.</summary>
    /// <param name="config">Network.</param>
    /// <param name="batch">Patches.</param>
    /// <param name="seen">Tokens of the encoder, class token included.</param>
    /// <param name="predicted">Hidden tokens that are predicted.</param>
    public static DecoderWork Of(MaeConfig config, double batch, double seen, double predicted) =>
        config.DecoderForm == DecoderForm.Cross ? Cross(config, batch, seen, predicted) : Self(config, batch, seen, predicted);

    /// <summary>Scores and mixtures of queries over keys.</summary>
    internal static double AttentionOf(double queries, double keys, double width) => 2 * 2 * queries * keys * width;

    /// <summary>
    /// Blocks over all tokens; in the first one, queries, keys and values of hidden tokens are made once for the whole batch; in
    /// the last one, only predicted tokens go on.
    /// </summary>
    private static DecoderWork Self(MaeConfig config, double batch, double seen, double predicted)
    {
        var (encoder, width) = (config.Encoder, (double)config.DecoderWidth);
        var all = 1.0 + encoder.Tokens;
        var (linear, attention) = (2 * batch * seen * encoder.Width * width, 0.0);
        for (var block = 0; block < config.DecoderDepth; block++)
        {
            var wanted = block == config.DecoderDepth - 1 ? predicted : all;
            var projected = block == 0 ? (batch * seen) + encoder.Tokens : batch * all;
            linear += 2 * width * width * ((3 * projected) + (9 * batch * wanted));
            attention += batch * AttentionOf(wanted, all, width);
        }

        return new DecoderWork(linear, attention, ParametersOf(config), all);
    }

    /// <summary>Blocks in which predicted tokens look at the encoder's; queries of the first one are made once for the whole batch.</summary>
    private static DecoderWork Cross(MaeConfig config, double batch, double seen, double predicted)
    {
        var (encoder, width) = (config.Encoder, (double)config.DecoderWidth);
        var memory = 2 * batch * seen * width * (encoder.Width + (config.DecoderDepth * 2 * width));
        var queries = encoder.Tokens + ((config.DecoderDepth - 1) * batch * predicted);
        var linear = memory + (2 * width * width * (queries + (config.DecoderDepth * 9 * batch * predicted)));
        return new DecoderWork(linear, config.DecoderDepth * batch * AttentionOf(predicted, seen, width), ParametersOf(config), predicted);
    }

    private static long ParametersOf(MaeConfig config) =>
        ((config.Encoder.Width + 1L) * config.DecoderWidth) + (config.DecoderDepth * NetworkWork.BlockParameters(config.DecoderWidth, 4));
}
